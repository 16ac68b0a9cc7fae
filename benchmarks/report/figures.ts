/** Which charts a scenario has. */

import type { Mechanism } from '../runner/contender.js';
import { type ContenderInfo, pairOf, type ScenarioResult, valuesOf } from '../runner/results.js';
import { ratio, spread } from '../runner/statistics.js';
import type { BarChart, Figure, LineChart } from './chart.js';
import { inOrder, isMain } from './main.js';

/** A line, not yet chosen to be shown at first. */
type Line = LineChart['lines'][number] & { name: string };

/** Contenders with the same call are drawn alike: their colors differ. */
const STYLE_OF: Record<Mechanism, number> = { epoll: 0, poll: 1, select: 2 };
/** The first style for contenders without a mechanism, or with one that is in use already. */
const SPARE = 3;

/** A style for each contender; those of a family, which share a color, have different ones. */
function stylesOf({ contenders }: ScenarioResult): Map<string, number> {
  const taken = new Map<string, Set<number>>();
  // There are fewer styles than contenders: those that are shown at first get different ones.
  return new Map(
    inOrder(contenders).map(({ name, family, mechanism }) => {
      const others = taken.get(family) ?? new Set();
      taken.set(family, others);
      let style = mechanism === undefined ? SPARE : STYLE_OF[mechanism];
      if (others.has(style)) style = SPARE;
      while (others.has(style)) style++;
      others.add(style);
      return [name, style];
    }),
  );
}

/** Says which of them are shown at first. */
function withMain<T extends { name: string }>(all: readonly T[]): (T & { isMain: boolean })[] {
  const main = isMain(all.map(({ name }) => name));
  return all.map((one) => ({ ...one, isMain: main(one.name) }));
}

/** Ratios to the base of each contender; null if there are none. */
function bars(scenario: ScenarioResult, cell: string, metric: string): BarChart | null {
  const { label = metric, better = 'lower' } = scenario.metrics[metric] ?? {};
  const found = withMain(
    scenario.contenders.flatMap(({ name, base, label, family }) => {
      const pair = pairOf(scenario, [name, base], cell, metric);
      return pair === null ? [] : [{ name, label, family, ...ratio(pair) }];
    }),
  );
  const sign = better === 'lower' ? 1 : -1;
  found.sort((a, b) => sign * (a.value - b.value));
  const axis = `${label}, beside ${baseLabel(scenario)}; ${better} is better`;
  return found.length === 0 ? null : { kind: 'bars', axis, reference: 1, bars: found };
}

function baseLabel({ contenders }: ScenarioResult): string {
  const bases = new Set(contenders.map(({ base }) => base));
  const labels = contenders.filter(({ name }) => bases.has(name)).map(({ label }) => label);
  return labels.length > 1 ? 'the same in C' : (labels[0] ?? '');
}

/** A choice for each cell and metric that is compared. */
function barFigure(scenario: ScenarioResult, title: string): Figure {
  const metrics = Object.entries(scenario.metrics).filter(([, { isAbsolute }]) => !isAbsolute);
  const choices = metrics.flatMap(([metric, { label }]) =>
    scenario.cells.flatMap((cell) => {
      const chart = bars(scenario, cell.id, metric);
      return chart === null ? [] : [{ label: `${label}: ${cell.label}`, chart }];
    }),
  );
  return { title, choices };
}

/** The median of a metric along cells that have a number each. */
function line(
  scenario: ScenarioResult,
  contender: ContenderInfo,
  metric: string,
  cells: [id: string, x: number][],
): Line[] {
  const points = cells.flatMap(([id, x]): [number, number][] => {
    const values = valuesOf(scenario, contender.name, id, metric);
    const middle = values === undefined ? 0 : spread(values).median;
    return middle > 0 ? [[x, middle]] : []; // a logarithmic axis has no others
  });
  const { name, label, family } = contender;
  const style = stylesOf(scenario).get(name) ?? SPARE;
  return points.length === 0 ? [] : [{ name, label, family, isMain: true, style, points }];
}

function idleFigure(scenario: ScenarioResult): Figure {
  const cells = scenario.cells.map(({ id }): [string, number] => [id, Number(id)]);
  const chart: LineChart = {
    kind: 'lines',
    ...{ xAxis: 'idle file descriptors', yAxis: 'time per call', x: 'number', y: 'ns' },
    lines: withMain(scenario.contenders.flatMap((one) => line(scenario, one, 'time', cells))),
  };
  return { title: 'One ready file descriptor among idle ones', choices: [{ label: '', chart }] };
}

/** Throughput and CPU time along the number of connections, for each size. */
function scalingFigure(scenario: ScenarioResult): Figure {
  const cells = scenario.cells.map(({ id, label }) => {
    const [connections = '', size = ''] = id.split('x');
    return { id, connections: Number(connections), size, sizeLabel: label.split(' x ')[1] ?? size };
  });
  // One point is no line: the largest messages have one number of connections only.
  const isLine = ({ size }: (typeof cells)[number]) =>
    cells.filter((cell) => cell.size === size).length > 1;
  const sizes = new Map(cells.filter(isLine).map(({ size, sizeLabel }) => [size, sizeLabel]));
  const metrics = [
    ['throughput', 'messages per second', '/s'],
    ['cpu', "server's CPU time per message", 'ns'],
  ] as const;
  const choices = metrics.flatMap(([metric, yAxis, y]) =>
    [...sizes].map(([size, sizeLabel]) => {
      const along = cells
        .filter((cell) => cell.size === size)
        .map(({ id, connections }): [string, number] => [id, connections]);
      const lines = withMain(
        scenario.contenders.flatMap((one) => line(scenario, one, metric, along)),
      );
      const chart: LineChart = {
        ...{ kind: 'lines', xAxis: 'connections', yAxis, x: 'number', y },
        lines,
      };
      return { label: `${yAxis}, ${sizeLabel}`, chart };
    }),
  );
  return { title: 'By the number of connections', choices };
}

/** The distribution of delays: the share that is longer than each value. */
function distributionFigure(scenario: ScenarioResult): Figure {
  const styles = stylesOf(scenario);
  const choices = scenario.cells.map((cell) => {
    const all = scenario.contenders.flatMap(({ name, label, family }): Line[] => {
      const row = scenario.rows.find((one) => one.contender === name && one.cell === cell.id);
      if (row?.curve === undefined) return [];
      const points = row.curve.map(([delay, share]): [number, number] => [1 / (1 - share), delay]);
      const style = styles.get(name) ?? SPARE;
      return [{ name, label, family, isMain: true, style, points }];
    });
    const lines = withMain(all);
    const chart: LineChart = {
      kind: 'lines',
      ...{ xAxis: 'share of all delays', yAxis: 'delay up to', x: 'nines', y: 'ns' },
      lines,
    };
    return { label: cell.label, chart };
  });
  return { title: 'Distribution of the delays (medians of the rounds)', choices };
}

function countFigure(scenario: ScenarioResult): Figure {
  const choices = scenario.cells.map((cell) => ({
    label: cell.label,
    chart: {
      kind: 'stack' as const,
      axis: 'system calls per message',
      parts: Object.values(scenario.metrics).map(({ label }) => label),
      rows: withMain(scenario.contenders).map(({ name, label, isMain }) => ({
        ...{ label, isMain },
        values: Object.keys(scenario.metrics).map(
          (metric) => valuesOf(scenario, name, cell.id, metric)?.at(-1) ?? 0,
        ),
      })),
    },
  }));
  return { title: 'What strace has counted', choices };
}

/** The charts of a scenario, in the order of the page. */
export function figuresOf(scenario: ScenarioResult): Figure[] {
  const ratios = (title: string) => barFigure(scenario, title);
  const figures: Record<string, () => Figure[]> = {
    idle: () => [idleFigure(scenario), ratios('Beside the same call in C')],
    wake: () => [ratios('Beside node:net'), distributionFigure(scenario)],
    echo: () => [scalingFigure(scenario), ratios('Beside node:net')],
    latency: () => [distributionFigure(scenario), ratios('Beside node:net')],
    syscalls: () => [countFigure(scenario)],
  };
  const make = figures[scenario.name] ?? (() => [ratios(`Beside ${baseLabel(scenario)}`)]);
  return make().filter(({ choices }) => choices.some(({ chart }) => !isEmpty(chart)));
}

function isEmpty(chart: Figure['choices'][number]['chart']): boolean {
  if (chart.kind === 'lines') return chart.lines.length === 0;
  return chart.kind === 'bars' ? chart.bars.length === 0 : chart.rows.length === 0;
}
