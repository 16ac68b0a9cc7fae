/** What the suite must show: the goals of the project, as ratios in one run. */
import { median } from 'simple-statistics';
import { findScenario, type Results, type ScenarioResult, valuesOf } from '../runner/results.js';
import type { Pair } from '../runner/statistics.js';
import { type Comparison, compared, type Goal } from './goal.js';

const MECHANISMS = ['select', 'poll', 'epoll'] as const;
/** The better one of them is the measure. */
export const NET = ['net-pipe', 'net-write'];

/** Who shows what can be reached at all. */
const STAND_INS: Record<string, string> = {
  'fdselect-select': 'c-select',
  'fdselect-poll': 'c-poll',
  'fdselect-epoll': 'c-epoll',
  'fdselect-async': 'c-epoll',
  'fdselect-poll-async': 'c-poll',
  'fdselect-loop': 'c-epoll',
  'import-fdselect': 'import-empty',
};

type Contenders = Comparison['contenders'];

/** None for who is compared with just that. */
function standIns(contenders: Contenders): Contenders {
  return contenders.flatMap(([of, to]) => {
    const standIn = STAND_INS[of];
    return standIn === undefined || to.includes(standIn) ? [] : [[standIn, to] as const];
  });
}

function goal(text: string, limit: Goal['limit'], comparison: Comparison): Goal {
  const possible = compared({ ...comparison, contenders: standIns(comparison.contenders) });
  return { text, limit, takes: 'mean', pairs: compared(comparison), possible };
}

/** One call of a mechanism against C or CPython, over some cells. */
function call(
  mechanism: string,
  base: 'c' | 'cpython',
  cells?: (id: string) => boolean,
): Comparison {
  return {
    scenario: 'calls',
    metric: 'time',
    contenders: [[`fdselect-${mechanism}`, [`${base}-${mechanism}`]]],
    ...(cells !== undefined && { cells }),
  };
}

/** The number of connections or file descriptors that a cell's name tells. */
function countOf(id: string): number {
  return Number(/(\d+)(?:x\d+)?$/.exec(id)?.[0].split('x')[0]);
}

function isAllReady(id: string): boolean {
  const [ready, count] = id.split('/');
  return ready === count && count !== '1';
}

/** The cells of echo that count: 10 to 1000 connections. */
export function counts(id: string): boolean {
  return countOf(id) >= 10 && countOf(id) <= 1000;
}

/** In percent of a CPU. Above, the load generator is the limit: it never gets all of it. */
const LOAD_LIMIT = 90;
/** In percent of a CPU. Above, the server is the limit, too. */
const SERVER_LIMIT = 95;

/**
 * Throughput; in cells in which the load generator is the limit, the CPU time of the server for each
 * message, turned round.
 */
function throughput(contenders: Contenders): (results: Results) => Pair[] {
  return (results) => {
    const echo = findScenario(results, 'echo');
    if (echo === undefined) return [];
    const ids = echo.cells.map(({ id }) => id).filter(counts);
    return contenders.flatMap(([of, to]) =>
      ids.flatMap((id) => {
        const one = { scenario: 'echo', contenders: [[of, to]] as const, cells: onlyCell(id) };
        if (!isLoadLimited(echo, of, id))
          return compared({ ...one, metric: 'throughput' })(results);
        const pairs = compared({ ...one, metric: 'cpu' })(results);
        return pairs.map(({ of, to }): Pair => ({ of: to, to: of }));
      }),
    );
  };
}

function onlyCell(wanted: string): (id: string) => boolean {
  return (id) => id === wanted;
}

function isLoadLimited(echo: ScenarioResult, contender: string, cell: string): boolean {
  const [load = 0, perMessage = 0, perSecond = 0] = ['loadShare', 'cpu', 'throughput'].map(
    (metric) => median([...(valuesOf(echo, contender, cell, metric) ?? [0])]),
  );
  return load > LOAD_LIMIT && (100 * perMessage * perSecond) / 1e9 < SERVER_LIMIT;
}

function throughputGoal(
  text: string,
  of: string,
  min: number,
  takes: Goal['takes'] = 'mean',
): Goal {
  const contenders: Contenders = [[of, NET]];
  return {
    ...{ text, limit: { min }, takes },
    pairs: throughput(contenders),
    possible: throughput(standIns(contenders)),
  };
}

/** The three loops that own the thread, together. */
function cpu(text: string, max: number, to: (mechanism: string) => readonly string[]): Goal {
  return goal(
    `server's CPU time per message, the three sync loops / ${text}`,
    { max },
    {
      scenario: 'echo',
      metric: 'cpu',
      contenders: MECHANISMS.map((name) => [`fdselect-${name}`, to(name)]),
      cells: counts,
    },
  );
}

/** Epoll's own cost with 10,000 idle fds against that with 10. */
function idleCurve(results: Results): Pair[] {
  const scenario = findScenario(results, 'idle');
  if (scenario === undefined) return [];
  const [of, to] = ['10000', '10'].map((cell) =>
    valuesOf(scenario, 'fdselect-epoll', cell, 'time'),
  );
  return of === undefined || to === undefined ? [] : [{ of, to }];
}

/** The system calls that sync loops wait with, for each message on one connection; beside one. */
function waits(results: Results): Pair[] {
  const scenario = findScenario(results, 'syscalls');
  if (scenario === undefined) return [];
  return MECHANISMS.flatMap((name) => {
    const of = valuesOf(scenario, `fdselect-${name}`, '1', 'waits');
    return of === undefined ? [] : [{ of, to: of.map(() => 1) }];
  });
}

const SYNC: Comparison['contenders'] = MECHANISMS.map((name) => [`fdselect-${name}`, NET]);

/** As everybody starts Node, and beside it with a small young generation. */
function memoryGoals(of: string, contenders: Contenders, max: number): Goal[] {
  const memory = { scenario: 'memory', metric: 'memory', contenders };
  const text = `memory per idle connection, ${of} / node:net`;
  return [
    goal(text, { max }, { ...memory, cells: (id) => !isSmall(id) }),
    goal(`${text}, small young generation`, { max }, { ...memory, cells: isSmall }),
  ];
}

function isSmall(id: string): boolean {
  return id.endsWith('-small');
}

/** Without 16 together, where all of them are far quicker than who is told one by one. */
const ASYNC = ['fdselect-async', 'fdselect-poll-async'];

export const goals: readonly Goal[] = [
  goal(
    'poll(), 1 of 1 ready / C',
    { max: 1.35 },
    call('poll', 'c', (id) => id === '1/1'),
  ),
  goal(
    'poll(), 10 of 10 ready / C',
    { max: 1.2 },
    call('poll', 'c', (id) => id === '10/10'),
  ),
  goal(
    'poll(), 1000 idle / C',
    { max: 1.05 },
    call('poll', 'c', (id) => id === '0/1000'),
  ),
  goal(
    'poll(), 1000 of 1000 ready / C',
    { max: 1.1 },
    call('poll', 'c', (id) => id === '1000/1000'),
  ),
  goal(
    'epoll(), 1 ready / C',
    { max: 1.25 },
    call('epoll', 'c', (id) => id.startsWith('1/')),
  ),
  goal('epoll(), all ready / C', { max: 1.15 }, call('epoll', 'c', isAllReady)),
  goal(
    'select(), 1 to 1000 fds / C',
    { max: 1.2 },
    call('select', 'c', (id) => countOf(id) <= 1000),
  ),
  goal('poll() / CPython', { max: 0.9 }, call('poll', 'cpython')),
  goal('epoll() / CPython', { max: 0.8 }, call('epoll', 'cpython')),
  goal('select() / CPython', { max: 0.9 }, call('select', 'cpython')),
  ...MECHANISMS.flatMap((name) => [
    throughputGoal(`echo throughput, ${name}() / node:net`, `fdselect-${name}`, 1.7),
    throughputGoal(
      `echo throughput, ${name}() / node:net, the worst cell`,
      `fdselect-${name}`,
      1.35,
      'worst',
    ),
  ]),
  throughputGoal('echo throughput, Epoll.pollAsync / node:net', 'fdselect-async', 1.6),
  throughputGoal('echo throughput, Poll.pollAsync / node:net', 'fdselect-poll-async', 1.6),
  throughputGoal('echo throughput, fdselect/loop / node:net', 'fdselect-loop', 1.6),
  cpu('node:net', 0.6, () => NET),
  cpu('the same in C', 1.03, (name) => [`c-${name}`]),
  cpu('the same in CPython', 0.95, (name) => [`cpython-${name}`]),
  cpu('libuv in C', 0.97, () => ['libuv']),
  cpu('Bun', 0.8, () => ['bun', 'bun-listen']),
  cpu('uvloop', 0.87, () => ['uvloop']),
  ...MECHANISMS.map((name) =>
    goal(
      `delay at 70 % of the maximum of node:net, 99 %, ${name}() / node:net`,
      { max: 0.7 },
      { scenario: 'latency', metric: 'p99', contenders: [[`fdselect-${name}`, NET]] },
    ),
  ),
  goal(
    "async wait, median delay until told / node:net 'data'",
    { max: 0.9 },
    {
      scenario: 'wake',
      metric: 'p50',
      contenders: ASYNC.map((name) => [name, ['net-write']]),
      cells: (id) => id !== 'self16',
    },
  ),
  goal(
    'async wait, median delay until told / npm epoll',
    { max: 0.27 },
    {
      scenario: 'wake',
      metric: 'p50',
      contenders: ASYNC.map((name) => [name, ['npm-epoll']]),
      cells: (id) => id !== 'self16',
    },
  ),
  ...memoryGoals('the three sync loops', SYNC, 0.2),
  ...memoryGoals('fdselect/loop', [['fdselect-loop', NET]], 0.35),
  {
    text: 'epoll(), 10,000 idle fds / 10 idle fds',
    limit: { max: 1.2 },
    takes: 'unpaired',
    pairs: idleCurve,
  },
  goal(
    "import 'fdselect' / import 'node:net'",
    { max: 0.5 },
    { scenario: 'startup', metric: 'time', contenders: [['import-fdselect', ['import-net']]] },
  ),
  {
    text: 'system calls per wait, by strace',
    limit: { max: 1.01 },
    takes: 'worst',
    pairs: waits,
  },
];
