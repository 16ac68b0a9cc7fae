/** Made-up results of a run of the benchmarks. */
import type { Mechanism } from '../../benchmarks/runner/contender.ts';
import type { Header } from '../../benchmarks/runner/header.ts';
import {
  type Metric,
  newResults,
  type Results,
  type Row,
  type ScenarioResult,
} from '../../benchmarks/runner/results.ts';

const TIME: Metric = { label: 'time', unit: 'ns', better: 'lower' };

export const header: Header = {
  date: '2026-01-02T03:04:05.000Z',
  machine: 'a machine',
  kernel: 'a kernel',
  versions: { 'Node.js': '20.20.2' },
  commit: '0123456789ab',
  command: 'npm run bench --',
  rounds: 3,
  isQuick: false,
  cpus: null,
  load: 0,
};

/** A scenario in which contenders, named by family and mechanism, have values of one metric. */
export function scenario(
  name: string,
  values: Record<string, Record<string, number[]>>,
  metric = 'time',
): ScenarioResult {
  const cells = [...new Set(Object.values(values).flatMap((byCell) => Object.keys(byCell)))];
  const rows = Object.entries(values).flatMap(([contender, byCell]) =>
    Object.entries(byCell).map(([cell, some]): Row => {
      return { cell, contender, values: { [metric]: some } };
    }),
  );
  return {
    ...{ name, title: `The scenario ${name}`, text: 'A text.', rows, notes: ['A <note>.'] },
    metrics: { [metric]: metric === 'throughput' ? { ...TIME, better: 'higher' } : TIME },
    cells: cells.map((id) => ({ id, label: id })),
    contenders: Object.keys(values).map((contender) => {
      const [family = '', mechanism] = contender.split('-');
      return {
        ...{ name: contender, label: `label of ${contender}`, family },
        ...(isMechanism(mechanism) && { mechanism }),
        base: Object.keys(values).at(-1) ?? '',
      };
    }),
  };
}

function isMechanism(name: string | undefined): name is Mechanism {
  return name === 'select' || name === 'poll' || name === 'epoll';
}

export function resultsOf(...scenarios: ScenarioResult[]): Results {
  return { ...newResults(header), scenarios };
}
