/** A whole run: who is there, all scenarios, the results. */
import type { Contender } from './contender.js';
import { chooseCpus } from './cpus.js';
import { makeHeader } from './header.js';
import { Progress } from './progress.js';
import { fetchPackages, versions } from './requirements.js';
import { newResults, type Results } from './results.js';
import { estimate, measure } from './rounds.js';
import type { Scale, Scenario } from './scenario.js';

export interface SuiteOptions {
  scenarios: readonly Scenario[];
  contenders: readonly Contender[];
  scale: Scale;
  /** As it was typed. */
  command: string;
  /** Called after each scenario. */
  onScenario?: (results: Results) => void;
}

/** Measures everything that is asked for, as far as it is there. */
export async function runSuite(options: SuiteOptions): Promise<Results> {
  const { scenarios, scale, command, onScenario } = options;
  const wanted = options.contenders.filter((contender) =>
    scenarios.some((scenario) =>
      scenario.cells(scale).some((cell) => scenario.takesPart(contender, cell)),
    ),
  );
  const problem = fetchPackages(wanted.flatMap(({ needs }) => needs ?? []));
  const contenders = wanted.filter(({ needs }) => needs?.isThere() ?? true);
  const cpus = chooseCpus();
  const { rounds, isQuick } = scale;
  const results = newResults(makeHeader({ command, rounds, isQuick, cpus }));
  results.header.versions = versions();
  results.unavailable = wanted
    .filter((contender) => !contenders.includes(contender))
    .map(({ label, needs }) => ({
      label,
      how: problem === null ? (needs?.how ?? '') : `${needs?.how}; that failed: ${problem}`,
    }));
  const total = scenarios.reduce((sum, one) => sum + estimate(one, contenders, scale), 0);
  const progress = new Progress(total);
  try {
    for (const scenario of scenarios) {
      const context = { scale, cpus, contenders };
      const { result, refused } = await measure(scenario, context, progress);
      results.scenarios.push(result);
      results.refused.push(...refused);
      onScenario?.(results);
    }
  } finally {
    progress.stop();
  }
  return results;
}
