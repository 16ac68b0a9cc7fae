/** The summary at the top: three sentences and one chart, of geometric means. */
import { counts, NET, SEVEN, throughput } from '../goals/echo.js';
import { compared } from '../goals/goal.js';
import { findScenario, type Results } from '../runner/results.js';
import { type Estimate, hasRatios, meanRatio, type Pair } from '../runner/statistics.js';
import type { BarChart, Figure } from './chart.js';
import { isMain } from './main.js';

/** null if nothing was measured, or nothing is above the noise. */
export function meanOf(pairs: readonly Pair[]): Estimate | null {
  const sound = pairs.filter(hasRatios);
  return sound.length === 0 ? null : meanRatio(sound);
}

/** The server's CPU time per message beside that of others, the best of them in each cell. */
export function cpuBeside(of: string, to: readonly string[]) {
  const contenders = [[of, to]] as const;
  return compared({ scenario: 'echo', metric: 'cpu', contenders, cells: counts });
}

/** From the smallest to the largest mean, such as `0.52 to 0.75`. */
function range(pairsOf: (name: string, c: string) => Pair[]): string | null {
  const means = Object.entries(SEVEN).flatMap(([name, c]) => meanOf(pairsOf(name, c)) ?? []);
  const values = means.map(({ value }) => value).sort((a, b) => a - b);
  const ends = [values.at(0), values.at(-1)].map((value) => value?.toFixed(2));
  if (values.length === 0) return null;
  return ends[0] === ends[1] ? (ends[0] as string) : ends.join(' to ');
}

/** One sentence of parts, without those that were not measured. */
function sentence(start: string, parts: (string | null)[]): string[] {
  const there = parts.filter((part) => part !== null);
  return there.length === 0 ? [] : [`${start} ${there.join(', and ')}.`];
}

/** Three of them, as far as it was measured. */
export function sentences(results: Results): string[] {
  const cpuNet = range((name) => cpuBeside(name, NET)(results));
  const cpuC = range((name, c) => cpuBeside(name, [c])(results));
  const moreNet = range((name) => throughput([[name, NET]])(results));
  const moreC = range((name, c) => throughput([[name, [c]]])(results));
  const besideNet = (scenario: string, metric: string) =>
    range((name) => compared({ scenario, metric, contenders: [[name, ['net-write']]] })(results));
  const memory = besideNet('memory', 'spoken');
  const accepting = besideNet('accept', 'cpu');
  const words = (value: string | null, text: (value: string) => string) =>
    value === null ? null : text(value);
  return [
    ...sentence('For each message, the servers that users start take', [
      words(cpuNet, (value) => `${value} of the CPU time that node:net takes`),
      words(cpuC, (value) => `${value} of what the same call takes in C`),
    ]),
    ...sentence('They echo', [
      words(moreNet, (value) => `${value} times as many messages as node:net`),
      words(moreC, (value) => `${value} times as many as C`),
    ]),
    ...sentence('A connection of theirs', [
      words(memory, (value) => `holds ${value} of the memory of one of node:net's`),
      words(accepting, (value) => `takes ${value} of the CPU time to accept`),
    ]),
  ];
}

/** The contender with which all are compared. */
const NET_BAR = {
  ...{ name: 'net-write', label: 'node:net, the better one', family: 'node:net' },
  ...{ value: 1, low: 1, high: 1 },
};

function meansChart(
  results: Results,
  axis: string,
  sign: 1 | -1,
  pairsOf: (name: string) => Pair[],
): BarChart | null {
  const echo = findScenario(results, 'echo');
  if (echo === undefined) return null;
  const found = echo.contenders.flatMap(({ name, label, family, isOnNode26 }) => {
    const mean = NET.includes(name) || isOnNode26 ? null : meanOf(pairsOf(name));
    return mean === null ? [] : [{ name, label, family, ...mean }];
  });
  if (found.length === 0) return null;
  const all = [...found, NET_BAR];
  const main = isMain(all.map(({ name }) => name));
  const bars = all.map(({ name, ...bar }) => ({ ...bar, isMain: main(name) }));
  bars.sort((a, b) => sign * (a.value - b.value));
  return { kind: 'bars', axis, reference: 1, bars };
}

/** The chart at the top; null if no echo server was measured. */
export function headline(results: Results): Figure | null {
  const charts = [
    {
      label: 'CPU time per message',
      chart: meansChart(
        results,
        "server's CPU time per message, beside the better node:net server (1); lower is better",
        1,
        (name) => cpuBeside(name, NET)(results),
      ),
    },
    {
      label: 'throughput',
      chart: meansChart(
        results,
        'messages per second, beside the better node:net server (1); higher is better; where the load generator was the limit, by the CPU time',
        -1,
        (name) => throughput([[name, NET]])(results),
      ),
    },
  ];
  const choices = charts.flatMap(({ label, chart }) => (chart === null ? [] : [{ label, chart }]));
  return choices.length === 0
    ? null
    : { title: 'Echo servers, geometric means over all sizes', choices };
}

const BAR_LENGTH = 40;

/** A chart for text: the main bars, each beside its number. */
export function textChart({ axis, bars }: BarChart): string {
  const main = bars.filter((bar) => bar.isMain);
  const most = Math.max(1, ...main.map(({ value }) => value));
  const width = Math.max(...main.map(({ label }) => label.length));
  const lines = main.map(({ label, value }) => {
    const bar = '█'.repeat(Math.round((BAR_LENGTH * value) / most));
    return `${label.padEnd(width)}  ${value.toFixed(2)}  ${bar}`;
  });
  return [axis, ...lines].join('\n');
}
