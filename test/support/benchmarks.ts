/** Small runs of the benchmarks, for tests. */
import { existsSync } from 'node:fs';
import { test } from 'vitest';
import { catalogue } from '../../benchmarks/contenders/catalogue.ts';
import type { Contender } from '../../benchmarks/runner/contender.ts';
import { compiled, fromBenchmarks } from '../../benchmarks/runner/paths.ts';
import type { Cell, Results } from '../../benchmarks/runner/results.ts';
import type { Scenario } from '../../benchmarks/runner/scenario.ts';
import { runSuite } from '../../benchmarks/runner/suite.ts';

for (const file of [compiled('cli.js'), fromBenchmarks('native/build/load')]) {
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run bench:build`);
}

export function contender(name: string): Contender {
  const found = catalogue.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no contender ${name}`);
  return found;
}

/** A test that needs a contender; if that is missing, it is skipped and the title says so. */
export function testWith(
  { needs }: Contender,
  title: string,
  run: () => void | Promise<void>,
): void {
  if (needs?.isThere() ?? true) test(title, run);
  else test.skip(`${title} [not available: ${needs?.how}]`, run);
}

/** Runs a scenario in one of its cells, with one or two short rounds. */
export function runSmall<C extends Cell>(
  scenario: Scenario<C>,
  names: readonly string[],
  cell?: C,
  rounds = 2,
): Promise<Results> {
  const small = { ...scenario, ...(cell !== undefined && { cells: () => [cell] }) };
  return runSuite({
    // A scenario gets the cells that it has made itself.
    scenarios: [small as unknown as Scenario],
    contenders: names.map(contender),
    scale: { rounds, isQuick: true },
    command: 'a test',
  });
}
