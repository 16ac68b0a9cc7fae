/** A whole run: the available contenders, all scenarios, the results. */
import { availableOf } from './available.js';
import type { Contender } from './contender.js';
import { chooseCpus } from './cpus.js';
import { makeHeader } from './header.js';
import { Progress } from './progress.js';
import { fetchPackages, versions } from './requirements.js';
import { newResults, type Results, type Unavailable } from './results.js';
import { estimate, measure } from './rounds.js';
import type { Scale, Scenario } from './scenario.js';
import { placement } from './tools.js';

export interface SuiteOptions {
  scenarios: readonly Scenario[];
  contenders: readonly Contender[];
  scale: Scale;
  /** Contenders that a quick run leaves out, and names. */
  leftOut?: readonly Contender[];
  /** The command line. */
  command: string;
  /** Called after each scenario, with all results so far. */
  onScenario?: (results: Results) => void;
  /** Aborted when the process is about to end, so that the terminal is restored. */
  signal?: AbortSignal;
}

/** Measures everything that was requested and is available. */
export async function runSuite(options: SuiteOptions): Promise<Results> {
  const { scale, command, onScenario, signal } = options;
  const { rounds, isQuick } = scale;
  const two = chooseCpus();
  const { cpus, notes } = placement(two);
  const { scenarios, unavailable } = await availableOf(options.scenarios, scale, two !== null);
  const { contenders, absent } = gather(options.contenders, scenarios, scale);
  if (isQuick) notes.push(...leftOutLines(options));
  const results = newResults(
    makeHeader({ command, rounds, isQuick, cpus, ...(notes.length > 0 && { notes }) }),
  );
  results.header.versions = versions(contenders);
  results.unavailable = [...unavailable, ...absent];
  const total = scenarios.reduce((sum, one) => sum + estimate(one, contenders, scale), 0);
  const progress = new Progress(total);
  signal?.addEventListener('abort', () => progress.stop());
  try {
    for (const scenario of scenarios) {
      const context = { scale, cpus, contenders };
      const { result, refused } = await measure(scenario, context, progress);
      if (result !== null) results.scenarios.push(result);
      results.refused.push(...refused);
      onScenario?.(results);
    }
  } finally {
    progress.stop();
  }
  return results;
}

/** What a whole run would measure and a quick one does not. */
function leftOutLines({ scenarios, leftOut = [], scale }: SuiteOptions): string[] {
  const cells = scenarios.flatMap(({ name, cells }) => {
    const left = cells({ ...scale, isQuick: false }).filter(
      ({ id }) => !cells(scale).some((cell) => cell.id === id),
    );
    return left.length === 0 ? [] : [`${name} (${left.map(({ label }) => label).join(', ')})`];
  });
  const all = [
    ...(cells.length > 0 ? [`of the scenarios: ${cells.join('; ')}`] : []),
    ...(leftOut.length > 0
      ? [`${leftOut.length} contenders: ${leftOut.map(({ name }) => name).join(', ')}`]
      : []),
  ];
  return all.length === 0 ? [] : [`a quick run leaves out ${all.join('; and ')}`];
}

/** Fetches what can be fetched for contenders. @returns those that are there, and those that are not */
function gather(
  all: readonly Contender[],
  scenarios: readonly Scenario[],
  scale: Scale,
): { contenders: Contender[]; absent: Unavailable[] } {
  const wanted = all.filter((contender) =>
    scenarios.some((scenario) =>
      scenario.cells(scale).some((cell) => scenario.takesPart(contender, cell)),
    ),
  );
  const problems = fetchPackages(wanted.flatMap(({ needs }) => needs ?? []));
  const contenders = wanted.filter(({ needs }) => needs?.isThere() ?? true);
  const absent = wanted.flatMap(({ label, needs }) => {
    if (needs === undefined || needs.isThere()) return [];
    const problem = problems.get(needs);
    return {
      label,
      how: problem === undefined ? needs.how : `${needs.how}; that failed: ${problem}`,
    };
  });
  return { contenders, absent };
}
