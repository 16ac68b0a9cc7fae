/** The README's summary: ratios of one run, as two tables in Markdown. */
import type { Comparison } from '../goals/goal.js';
import { compared } from '../goals/goal.js';
import { formatRatio } from '../runner/format.js';
import type { Results } from '../runner/results.js';
import { meanRatio, type Pair } from '../runner/statistics.js';

const NET = ['net-pipe', 'net-write'];

const SERVERS: [label: string, names: string[]][] = [
  ['fdselect `select()`', ['fdselect-select']],
  ['fdselect `poll()`', ['fdselect-poll']],
  ['fdselect `epoll()`', ['fdselect-epoll']],
  ["fdselect `pollAsync`, in Node's event loop", ['fdselect-async']],
  ["`fdselect/loop`, in Node's event loop", ['fdselect-loop']],
  ['libuv in C', ['libuv']],
  ['C, epoll', ['c-epoll']],
  ['CPython, epoll', ['cpython-epoll']],
  ['asyncio', ['asyncio']],
  ['uvloop', ['uvloop']],
  ['Bun, `node:net`', ['bun']],
  ['Deno, `node:net`', ['deno']],
];

type Column = [title: string, scenario: string, metric: string, cells?: (id: string) => boolean];

const is10To1000 = (id: string) => /^(10|100|1000)x/.test(id);

const SERVER_COLUMNS: Column[] = [
  ['echo throughput', 'echo', 'throughput', is10To1000],
  ['CPU per message', 'echo', 'cpu', is10To1000],
  ['p99 at a fixed load', 'latency', 'p99'],
  ['memory per idle connection', 'memory', 'memory'],
];

const CALLS = [
  ['select', 'fdselect-select'],
  ['poll', 'fdselect-poll'],
  ['poll, pollInto', 'fdselect-poll-into'],
  ['epoll', 'fdselect-epoll'],
  ['epoll, pollInto', 'fdselect-epoll-into'],
] as const;
const CALL_CELLS = ['1/1', '10/10', '1/1000', '1000/1000'];

function text(pairs: readonly Pair[]): string {
  return pairs.length === 0 ? '-' : formatRatio(meanRatio(pairs).value);
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

/** Ratios only; absolute times belong to a machine. */
export function renderSummary(results: Results): string {
  const { date, machine, versions, commit, isQuick } = results.header;
  const kind = isQuick ? 'a quick run' : 'medians of one run';
  return [
    serverTable(results),
    '',
    callTable(results),
    '',
    `Ratios, ${kind} of ${date.slice(0, 10)} (commit ${commit}) on ${machine}, Node ${versions['Node.js']}; geometric means over 10 to 1000 ` +
      'connections x 64 B, 4 KiB, 64 KiB. Throughput: more is better; all else: less is.',
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
