/** The README's summary: ratios of one run, as tables in Markdown, and the goals that it misses. */
import { median } from 'simple-statistics';
import type { Comparison } from '../goals/goal.js';
import { compared, judge } from '../goals/goal.js';
import { counts, goals, NET } from '../goals/goals.js';
import { formatEstimate, formatRatio, NOISE } from '../runner/format.js';
import { findScenario, type Results, valuesOf } from '../runner/results.js';
import { hasRatios, meanRatio, type Pair } from '../runner/statistics.js';

const SERVERS: [label: string, names: string[]][] = [
  ['fdselect `select()`', ['fdselect-select']],
  ['fdselect `poll()`', ['fdselect-poll']],
  ['fdselect `epoll()`', ['fdselect-epoll']],
  ["fdselect `Poll.pollAsync`, in Node's event loop", ['fdselect-poll-async']],
  ["fdselect `Epoll.pollAsync`, in Node's event loop", ['fdselect-async']],
  ["`fdselect/loop`, in Node's event loop", ['fdselect-loop']],
  ['libuv in C', ['libuv']],
  ['C, epoll', ['c-epoll']],
  ['CPython, epoll', ['cpython-epoll']],
  ['asyncio', ['asyncio']],
  ['uvloop', ['uvloop']],
  ['Bun, `node:net`', ['bun']],
  ['Bun, `Bun.listen`', ['bun-listen']],
  ['Deno, `node:net`', ['deno']],
  ['Deno, `Deno.listen`', ['deno-listen']],
];

type Column = [title: string, scenario: string, metric: string, cells?: (id: string) => boolean];

const SERVER_COLUMNS: Column[] = [
  ['echo throughput', 'echo', 'throughput', counts],
  ['CPU per message', 'echo', 'cpu', counts],
  ['p99 at a fixed load', 'latency', 'p99'],
  ['memory per idle connection', 'memory', 'memory', (id) => !id.endsWith('-small')],
];

const CALLS = [
  ['select', 'fdselect-select'],
  ['poll', 'fdselect-poll'],
  ['poll, pollInto', 'fdselect-poll-into'],
  ['epoll', 'fdselect-epoll'],
  ['epoll, pollInto', 'fdselect-epoll-into'],
] as const;
const CALL_CELLS = ['1/1', '10/10', '1/1000', '1000/1000'];

const WAITS: [label: string, name: string][] = [
  ['`poll()`, which blocks', 'fdselect-poll'],
  ['`Poll.pollAsync`', 'fdselect-poll-async'],
  ['`Epoll.pollAsync`', 'fdselect-async'],
  ['`Poll.pollAsync`, by a thread', 'fdselect-async-thread'],
  ['`uv_poll_t` in C', 'libuv'],
  ['the npm package `epoll`', 'npm-epoll'],
];
const WAIT_COLUMNS: [title: string, metric: string, cell: string][] = [
  ['told: by another process', 'p50', 'other'],
  ['by the same thread', 'p50', 'self'],
  ['16 together', 'p50', 'self16'],
  ['data in hand: by another process', 'p50Data', 'other'],
  ['by the same thread', 'p50Data', 'self'],
  ['16 together', 'p50Data', 'self16'],
];

const SYSTEM_CALLS = ['waits', 'receives', 'sends', 'other'];

function text(all: readonly Pair[]): string {
  if (all.length === 0) return '-';
  const pairs = all.filter(hasRatios);
  return pairs.length === 0 ? NOISE : formatRatio(meanRatio(pairs).value);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(row)].join(
    '\n',
  );
}

function serverTable(results: Results): string {
  const rows = SERVERS.map(([label, names]) => [
    label,
    ...SERVER_COLUMNS.map(([, scenario, metric, cells]) => {
      const contenders = names.map((name) => [name, NET] as const);
      const comparison: Comparison = {
        ...{ scenario, metric, contenders },
        ...(cells !== undefined && { cells }),
      };
      return text(compared(comparison)(results));
    }),
  ]);
  return markdownTable(['beside `node:net`', ...SERVER_COLUMNS.map(([title]) => title)], rows);
}

function callTable(results: Results): string {
  const rows = CALLS.map(([label, name]) => {
    const mechanism = label.split(',')[0] as string;
    const beside = (base: string, cells?: (id: string) => boolean) =>
      text(
        compared({
          ...{ scenario: 'calls', metric: 'time', contenders: [[name, [`${base}-${mechanism}`]]] },
          ...(cells !== undefined && { cells }),
        })(results),
      );
    return [
      label,
      ...CALL_CELLS.map((wanted) => beside('c', (id) => id === wanted)),
      beside('cpython'),
    ];
  });
  const titles = CALL_CELLS.map((id) => `C, ${id.replace('/', ' of ')} ready`);
  return markdownTable(['one call beside', ...titles, 'CPython, all sizes'], rows);
}

function waitTable(results: Results): string {
  const rows = WAITS.map(([label, name]) => [
    label,
    ...WAIT_COLUMNS.map(([, metric, wanted]) => {
      const contenders = [[name, ['net-write']]] as const;
      const cells = (id: string) => id === wanted;
      return text(compared({ scenario: 'wake', metric, contenders, cells })(results));
    }),
  ]);
  const titles = WAIT_COLUMNS.map(([title]) => title);
  return markdownTable(["median delay beside `node:net` 'data'", ...titles], rows);
}

/** What strace has counted on one connection. */
function systemCallTable(results: Results): string {
  const scenario = findScenario(results, 'syscalls');
  const rows = SERVERS.flatMap(([label, names]) => {
    const counts = SYSTEM_CALLS.map((metric) =>
      scenario === undefined ? undefined : valuesOf(scenario, names[0] as string, '1', metric),
    );
    if (counts.some((values) => values === undefined)) return [];
    return [[label, ...counts.map((values) => median(values as number[]).toFixed(2))]];
  });
  return markdownTable(['system calls for each message', ...SYSTEM_CALLS], rows);
}

/** One line for each goal that was missed, with what C reaches in the same place. */
function missedGoals(results: Results): string {
  const verdicts = goals.map((goal) => judge(goal, results)).filter(({ estimate }) => estimate);
  const missed = verdicts.filter(({ isMet }) => !isMet);
  const lines = missed.map(({ text, limit, estimate, possible, isCertain }) => {
    const measured = estimate === null ? '' : formatEstimate(estimate);
    const best = possible === null ? '' : `; C in its place: ${formatRatio(possible.value)}`;
    return `- ${text}: ${measured}, the goal is ${limit}${isCertain ? '' : ' (within the noise)'}${best}`;
  });
  if (missed.length === 0) return `All of ${verdicts.length} goals are met.`;
  const met = verdicts.filter(({ isMet }) => isMet);
  const close = met.filter(({ isCertain }) => !isCertain).length;
  const noise = close === 0 ? '' : `, ${close} of them within the noise`;
  const first = `Of ${verdicts.length} goals ${met.length} are met${noise}. Missed:`;
  return [first, '', ...lines].join('\n');
}

/** Ratios only; absolute times belong to a machine. */
export function renderSummary(results: Results): string {
  const { date, machine, versions, commit, isQuick, rounds } = results.header;
  const kind = isQuick ? 'a quick run' : `one run of ${rounds} rounds`;
  return [
    `Ratios of ${kind}, ${date.slice(0, 10)}, commit ${commit}, on ${machine}, Node ${versions['Node.js']}. Throughput: more is better; all else: less is.`,
    '',
    'Echo servers, geometric means over 10 to 1000 connections x 64 B, 4 KiB, 64 KiB; the delay with 100 connections, the memory with 5000:',
    '',
    serverTable(results),
    '',
    'One call that does not block:',
    '',
    callTable(results),
    '',
    'From "a file descriptor is ready" to the code that is told, and until it has the data (`node:net` has read when it tells):',
    '',
    waitTable(results),
    '',
    'What strace counts on one connection, with a pause after each message:',
    '',
    systemCallTable(results),
    '',
    missedGoals(results),
  ].join('\n');
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** The text with its summary replaced; null where it has no place for one. */
export function withSummary(readme: string, summary: string): string | null {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) return null;
  return `${readme.slice(0, begin + BEGIN.length)}\n${summary}\n${readme.slice(end)}`;
}
