/** Which scenarios, and which of their cells, can be measured on this machine. */
import type { Unavailable } from './results.js';
import type { Scale, Scenario } from './scenario.js';

export interface Available {
  /** The scenarios with the cells that can be measured. */
  scenarios: Scenario[];
  unavailable: Unavailable[];
}

/** @param hasTwoCpus - whether two processes can run at the same time */
export async function availableOf(
  scenarios: readonly Scenario[],
  scale: Scale,
  hasTwoCpus: boolean,
): Promise<Available> {
  const available: Available = { scenarios: [], unavailable: [] };
  for (const scenario of scenarios) {
    const label = `scenario ${scenario.name}`;
    const obstacle = (await scenario.obstacle?.(scale)) ?? null;
    if (obstacle !== null) {
      available.unavailable.push({ label, how: obstacle });
      continue;
    }
    const all = scenario.cells(scale);
    const cells = all.filter((cell) => hasTwoCpus || !scenario.needsTwoCpus?.(cell));
    const left = all.filter((cell) => !cells.includes(cell));
    if (left.length > 0) {
      const names = cells.length === 0 ? [] : left.map(({ label }) => label);
      available.unavailable.push({ label: [label, ...names].join(', '), how: 'needs two CPUs' });
    }
    if (cells.length > 0) available.scenarios.push({ ...scenario, cells: () => cells });
  }
  return available;
}
