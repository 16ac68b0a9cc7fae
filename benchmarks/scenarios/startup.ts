/** Start-up: what `import` of a module costs in a process that has just begun. */
import { median } from 'simple-statistics';
import { runOnce } from '../runner/child.js';
import { compiled } from '../runner/paths.js';
import type { Scenario } from '../runner/scenario.js';

export function startup(): Scenario {
  return {
    name: 'startup',
    title: 'Start-up',
    text: 'The time that import of a module takes in a process of Node that has just begun.',
    metrics: { time: { label: 'time of import', unit: 'ns', better: 'lower' } },
    cells: () => [{ id: 'import', label: 'import' }],
    takesPart: ({ imports }) => imports !== undefined,
    needsNoWarmUp: true,
    base: () => 'import-net',
    cost: () => 200,
    async open({ imports = '' }, { cpus }) {
      const command = [process.execPath, compiled('contenders/node/import.js'), imports] as const;
      const measureOnce = () => runOnce<number>(command, { cpu: cpus?.contender ?? null });
      return {
        async measure() {
          const times = [await measureOnce(), await measureOnce(), await measureOnce()];
          return { values: { time: median(times) } };
        },
        async close() {},
      };
    },
  };
}
