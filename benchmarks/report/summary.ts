/** The summary for `docs/benchmarks.md`: three sentences and a chart, ratios of one run as tables, method, goals. */
import { median } from 'simple-statistics';
import { counts, NET } from '../goals/echo.js';
import { compared, judge, verdictText } from '../goals/goal.js';
import { goals } from '../goals/goals.js';
import { formatRatio, NOISE } from '../runner/format.js';
import { isLoadLimited, MARK, MARK_TEXT } from '../runner/limited.js';
import { findScenario, type Results, type ScenarioResult, valuesOf } from '../runner/results.js';
import type { Pair } from '../runner/statistics.js';
import { cpuBeside, headline, meanOf, sentences, textChart } from './highlights.js';

/** The text of a cell that was not measured. */
const NOTHING = '-';

/** Of other servers; all of fdselect's are in the table. */
const OTHERS = new Set([
  ...['c-select', 'c-poll', 'c-epoll', 'c-uring', 'libuv', 'libuv-current', 'cpython-epoll'],
  ...['asyncio', 'uvloop', 'bun', 'bun-listen', 'deno', 'deno-listen'],
]);

const WAITS = ['fdselect-poll', 'fdselect-poll-async', 'fdselect-async', 'fdselect-async-thread'];
const OTHER_WAITS = ['libuv', 'libuv-current', 'npm-epoll'];
const WAIT_COLUMNS: [title: string, metric: string, cell: string][] = [
  ['told: by another process', 'p50', 'other'],
  ['by the same thread', 'p50', 'self'],
  ['16 together', 'p50', 'self16'],
  ['data in hand: by another process', 'p50Data', 'other'],
  ['by the same thread', 'p50Data', 'self'],
  ['16 together', 'p50Data', 'self16'],
];

const CALL_CELLS = ['1/1', '10/10', '1/1000', '1000/1000'];
const SYSTEM_CALLS = ['waits', 'receives', 'sends', 'other'];

function text(pairs: readonly Pair[]): string {
  const mean = meanOf(pairs);
  if (mean !== null) return formatRatio(mean.value);
  return pairs.length === 0 ? NOTHING : NOISE;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const ruler = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [row(head), row(ruler), ...rows.map(row)].join('\n');
}

/** A column: its title, and its value for a server. */
type Column = [title: string, of: (name: string) => string];

/** A row for each server with a value in at least one column. */
function serverTable(results: Results, corner: string, columns: readonly Column[]): string {
  const known = ['echo', 'syscalls', 'memory'].flatMap(
    (name) => findScenario(results, name)?.contenders ?? [],
  );
  const servers = new Map(known.map(({ name, label, family }) => [name, { label, family }]));
  const rows = [...servers].flatMap(([name, { label, family }]) => {
    const isIn = OTHERS.has(name) || NET.includes(name) || family.startsWith('fdselect');
    if (!isIn || name.endsWith('-26')) return [];
    const cells = columns.map(([, of]) => of(name));
    return cells.every((cell) => cell === NOTHING) ? [] : [[label, ...cells]];
  });
  return markdownTable([corner, ...columns.map(([title]) => title)], rows);
}

/** Whether the load generator was the limit in any of the cells that count. */
function isMarked(echo: ScenarioResult | undefined, name: string): boolean {
  const ids = echo?.cells.map(({ id }) => id).filter(counts) ?? [];
  return echo !== undefined && ids.some((id) => isLoadLimited(echo, name, id));
}

function speedTable(results: Results): string {
  const echo = findScenario(results, 'echo');
  const mechanismOf = (name: string) =>
    echo?.contenders.find((one) => one.name === name)?.mechanism ?? 'epoll';
  const beside = (scenario: string, metric: string, to: readonly string[]) => (name: string) => {
    const cells = scenario === 'echo' ? counts : () => true;
    return text(compared({ scenario, metric, contenders: [[name, to]], cells })(results));
  };
  return serverTable(results, 'echo servers', [
    [
      'throughput / `node:net`',
      (name) =>
        `${beside('echo', 'throughput', NET)(name)}${isMarked(echo, name) ? ` ${MARK}` : ''}`,
    ],
    ['CPU per message / `node:net`', (name) => text(cpuBeside(name, NET)(results))],
    ['CPU / C, same call', (name) => text(cpuBeside(name, [`c-${mechanismOf(name)}`])(results))],
    [
      'CPU / `node:net`, both on Node 26',
      (name) =>
        text(
          cpuBeside(
            `${name}-26`,
            NET.map((net) => `${net}-26`),
          )(results),
        ),
    ],
    ['p99 at a fixed load / `node:net`', beside('latency', 'p99', NET)],
  ]);
}

function manyTable(results: Results): string {
  const beside = (scenario: string, metric: string, cell?: string): Column[1] => {
    const cells = (id: string) => cell === undefined || id === cell;
    return (name) =>
      text(compared({ scenario, metric, contenders: [[name, ['net-write']]], cells })(results));
  };
  return serverTable(results, 'many connections, beside `node:net`', [
    ['memory, idle', beside('memory', 'idle')],
    ['after one message', beside('memory', 'spoken')],
    ['of each further one', beside('memory', 'slope')],
    ['CPU to accept one', beside('accept', 'cpu')],
    ['CPU per message, one active among 5,000', beside('active', 'cpu')],
  ]);
}

/** Single calls beside the same call in C, in the same process. */
function callTable(results: Results): string {
  const calls = findScenario(results, 'calls');
  const rows = (calls?.contenders ?? []).flatMap(({ name, label, family, base, mechanism }) => {
    if (/^(C|CPython)\b/.test(family)) return [];
    const beside = (to: string, wanted?: string) => {
      const cells = (id: string) => wanted === undefined || id === wanted;
      const contenders = [[name, [to]]] as const;
      return text(compared({ scenario: 'calls', metric: 'time', contenders, cells })(results));
    };
    return [
      [label, ...CALL_CELLS.map((cell) => beside(base, cell)), beside(`cpython-${mechanism}`)],
    ];
  });
  const titles = CALL_CELLS.map((id) => `C, ${id.replace('/', ' of ')} ready`);
  return markdownTable(['one call, and its answer read', ...titles, 'CPython, all sizes'], rows);
}

function waitTable(results: Results): string {
  const known = findScenario(results, 'wake')?.contenders ?? [];
  const rows = known.flatMap(({ name, label }) => {
    if (![...WAITS, ...OTHER_WAITS].includes(name)) return [];
    const cells = WAIT_COLUMNS.map(([, metric, wanted]) => {
      const one = { scenario: 'wake', metric, cells: (id: string) => id === wanted };
      return text(compared({ ...one, contenders: [[name, ['net-write']]] })(results));
    });
    return [[label, ...cells]];
  });
  const titles = WAIT_COLUMNS.map(([title]) => title);
  return markdownTable(["median delay beside `node:net` 'data'", ...titles], rows);
}

/** The system calls that strace has counted on one connection, with a row for node:net. */
function systemCallTable(results: Results): string {
  const scenario = findScenario(results, 'syscalls');
  const count = (kind: string) => (name: string) => {
    const values = scenario === undefined ? undefined : valuesOf(scenario, name, '1', kind);
    return values === undefined ? NOTHING : median(values).toFixed(2);
  };
  return serverTable(
    results,
    'system calls for each message',
    SYSTEM_CALLS.map((kind) => [kind, count(kind)]),
  );
}

/** One row for each goal, met or not, with the value of C. */
function goalTable(results: Results): string {
  const verdicts = goals.map((goal) => judge(goal, results));
  const measured = verdicts.filter(({ estimate, noise }) => estimate !== null || noise > 0);
  const rows = measured.map((verdict) => {
    const { text, limit, measured, possible } = verdict;
    const best = possible === null ? '' : formatRatio(possible.value);
    return [text, limit, measured || NOTHING, verdictText(verdict), best];
  });
  const met = measured.filter(({ isMet }) => isMet).length;
  const head = ['comparison', 'goal', 'measured', '', 'C in its place'];
  return folded(`Goals: ${met} of ${measured.length} are met`, markdownTable(head, rows));
}

/** A section that the reader opens; Markdown needs the empty lines. */
function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

function absences({ unavailable, refused }: Results): string[] {
  const lines = [
    ...unavailable.map(({ label, how }) => `${label} (${how})`),
    ...refused.map(({ scenario, contender, reason }) => `${contender} in ${scenario} (${reason})`),
  ];
  return lines.length === 0 ? [] : [`Not measured: ${lines.join('; ')}.`];
}

function method({ header }: Results): string {
  const { date, machine, versions, commit, isQuick, rounds } = header;
  const kind = isQuick ? 'a quick run' : `one run of ${rounds} rounds`;
  const [first, current] = [versions['Node.js'], versions['current Node.js']];
  return (
    `Ratios of ${kind}, ${date.slice(0, 10)}, commit ${commit}, on ${machine}; Node ${first}` +
    `${current === undefined ? '' : ` and ${current}`}, libuv ${versions['libuv itself'] ?? NOTHING} and ${versions['libuv in it'] ?? NOTHING}. ` +
    'Each contender has a CPU, the load generator has another one, and all take turns in each round. A ratio is the median of the ' +
    'ratios of the rounds; of several cells, of their geometric means. `serve NAME` is what `fdselect serve NAME --quiet` starts; ' +
    'an example is that of the documentation, without what it prints; a tuned loop was written for speed, and is not what one gets by itself. ' +
    'Throughput: more is better; all else: less is.'
  );
}

/** What a README shows of it: three sentences and one chart. */
export function renderHead(results: Results): string {
  const chart = headline(results)?.choices[0]?.chart;
  return [
    sentences(results).join(' '),
    ...(chart?.kind === 'bars' ? [`\`\`\`text\n${textChart(chart)}\n\`\`\``] : []),
  ].join('\n\n');
}

/** Ratios only; absolute times belong to a machine. */
export function renderSummary(results: Results): string {
  const table = speedTable(results);
  const tables = [
    table + (table.includes(` ${MARK} |`) ? `\n\n\\${MARK_TEXT}` : ''),
    folded('Many connections: memory, accepting, one active among idle ones', manyTable(results)),
    folded('Single calls that do not block', callTable(results)),
    folded(
      'From "a file descriptor is ready" to the call of the code that waits, and until that has the data (node:net has read before it calls)',
      waitTable(results),
    ),
    folded(
      'What strace counts on one connection, with a pause after each message',
      systemCallTable(results),
    ),
  ];
  return [renderHead(results), method(results), ...tables, ...absences(results), goalTable(results)]
    .filter((part) => part !== '')
    .join('\n\n');
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** The text with its summary replaced; null if it has no place for one. */
export function withSummary(readme: string, summary: string): string | null {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) return null;
  return `${readme.slice(0, begin + BEGIN.length)}\n${summary}\n${readme.slice(end)}`;
}
