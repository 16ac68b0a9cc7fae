/** The goals of the project, as ratios of contenders in one run. */
import { findScenario, type Results, valuesOf } from '../runner/results.js';
import type { Pair } from '../runner/statistics.js';
import { counts, NET, SEVEN, throughput } from './echo.js';
import { type Comparison, compared, type Goal } from './goal.js';

type Contenders = Comparison['contenders'];

/** The contenders that show the limit: the same calls in C. */
const STAND_INS: Record<string, string> = {
  ...SEVEN,
  'book-naive': 'c-epoll',
  'echo-async': 'c-epoll',
  'fdselect-async': 'libuv',
  'fdselect-poll-async': 'libuv',
  'import-fdselect': 'import-empty',
};

/** Empty if the contender is compared with C already. */
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

/** The server's CPU time per message. */
function cpu(of: string, to: readonly string[], base: string, max: number): Goal {
  const comparison = { scenario: 'echo', metric: 'cpu', contenders: [[of, to]] as const };
  return goal(`${of}: CPU per message / ${base}`, { max }, { ...comparison, cells: counts });
}

function throughputGoal(of: string, to: readonly string[], base: string, min: number): Goal {
  const contenders: Contenders = [[of, to]];
  return {
    text: `${of}: throughput / ${base}`,
    ...{ limit: { min }, takes: 'mean' },
    pairs: throughput(contenders),
    possible: throughput(standIns(contenders)),
  };
}

/** Relative to the better one of two in each cell. */
const BETTER_NET = 'the better node:net';

function serverGoals(of: string, c: string): Goal[] {
  return [
    cpu(of, [c], `C ${c.slice('c-'.length)}`, of === 'echo-reactor' ? 1.15 : 1.12),
    cpu(of, NET, BETTER_NET, 0.72),
    throughputGoal(of, NET, BETTER_NET, 1.45),
    throughputGoal(of, [c], `C ${c.slice('c-'.length)}`, 0.92),
  ];
}

const KINDS = ['waits', 'receives', 'sends', 'other'];
/** Servers that share the thread with Node's event loop. */
const ASYNC = ['echo-async', 'tuned-poll-async', 'tuned-epoll-async', 'book-loop-async'];
/** System calls for each message on one connection, with pauses, to two digits; of the server that makes most. */
function systemCalls(
  text: string,
  max: number,
  names: readonly string[],
  kinds: readonly string[],
): Goal {
  const pairs = (results: Results): Pair[] => {
    const scenario = findScenario(results, 'syscalls');
    return names.flatMap((name) => {
      const all = kinds.map((kind) => scenario && valuesOf(scenario, name, '1', kind));
      if (all.some((values) => values === undefined)) return [];
      const sum = all.reduce((total, values) => total + (values?.[0] ?? 0), 0);
      return [{ of: [Number(sum.toFixed(2))], to: [1], isExact: true }];
    });
  };
  return { text, limit: { max }, takes: 'worst', pairs };
}

/** Wakes by another process and by the same thread, or of 16 together. */
function wakeGoal(
  text: string,
  metric: string,
  max: number,
  cells: NonNullable<Comparison['cells']>,
): Goal {
  const contenders = ['fdselect-async', 'fdselect-poll-async'].map(
    (name) => [name, ['net-write']] as const,
  );
  return goal(
    `async wait, ${text} / node:net 'data'`,
    { max },
    { scenario: 'wake', metric, contenders, cells },
  );
}

const isOneByOne = (id: string) => id !== 'self16';

function callGoal(mechanism: 'poll' | 'epoll', cell: string, max: number): Goal {
  const contenders = [[`fdselect-${mechanism}`, [`c-${mechanism}`]]] as const;
  return goal(
    `${mechanism}() and a loop that reads its answer, ${cell.replace('/', ' of ')} ready / C`,
    { max },
    { scenario: 'calls', metric: 'time', contenders, cells: (id) => id === cell },
  );
}

/** One or several contenders beside node:net, in all cells of a scenario. */
function besideNet(
  [scenario, metric]: [string, string],
  title: string,
  names: readonly string[],
  max: number,
): Goal {
  const contenders = names.map((name) => [name, ['net-write']] as const);
  return goal(`${title} / node:net`, { max }, { scenario, metric, contenders });
}

const RAW = ['echo-select', 'echo-poll', 'echo-epoll', 'echo-selectors'];
const SPOKEN = ['memory', 'spoken'] as [string, string];
const SLOPE = ['memory', 'slope'] as [string, string];
const ACCEPT = ['accept', 'cpu'] as [string, string];
const ACTIVE = ['active', 'cpu'] as [string, string];

function importGoal(name: string, base: string, max: number): Goal {
  const contenders = [[`import-${name}`, [`import-${base}`]]] as const;
  const text = `import of ${name} / import of ${base}`;
  return goal(text, { max }, { scenario: 'startup', metric: 'time', contenders });
}

export const goals: readonly Goal[] = [
  ...Object.entries(SEVEN).flatMap(([of, c]) => serverGoals(of, c)),
  cpu('book-naive', ['c-epoll'], 'C epoll', 1.15),
  cpu('echo-async', ['c-epoll'], 'C epoll', 1.18),
  throughputGoal('echo-async', NET, BETTER_NET, 1.4),
  systemCalls(
    'system calls per message, servers that own their thread',
    3,
    Object.keys(SEVEN),
    KINDS,
  ),
  systemCalls("system calls per message, in Node's event loop", 5.05, ASYNC, KINDS),
  systemCalls("of them neither wait, receive nor send, in Node's loop", 0.05, ASYNC, ['other']),
  wakeGoal('told, median', 'p50', 0.85, isOneByOne),
  wakeGoal('data in hand, median', 'p50Data', 0.95, isOneByOne),
  wakeGoal('16 together, told, median', 'p50', 0.3, (id) => !isOneByOne(id)),
  callGoal('poll', '1/1', 1.32),
  callGoal('poll', '10/10', 1.15),
  callGoal('poll', '1000/1000', 1.12),
  callGoal('epoll', '1/1', 1.25),
  callGoal('epoll', '10/10', 1.13),
  callGoal('epoll', '1000/1000', 1.1),
  besideNet(SPOKEN, 'memory per connection after one message, the four on one call', RAW, 0.35),
  besideNet(SPOKEN, 'memory per connection after one message, fdselect/loop', ['book-loop'], 0.45),
  besideNet(SPOKEN, 'memory per connection after one message, reactor', ['echo-reactor'], 0.75),
  besideNet(SPOKEN, 'memory per connection after one message, asyncore', ['echo-asyncore'], 0.9),
  besideNet(SLOPE, 'memory per further connection, the four on one call', RAW, 0.45),
  besideNet(SLOPE, 'memory per further connection, fdselect/loop', ['book-loop'], 0.45),
  ...[...RAW, 'echo-reactor', 'echo-async', 'book-loop'].map((name) =>
    besideNet(ACCEPT, `CPU per accepted connection, ${name}`, [name], 1),
  ),
  besideNet(ACCEPT, 'CPU per accepted connection, echo-asyncore', ['echo-asyncore'], 1.5),
  ...['book-loop', 'echo-reactor', 'echo-async'].map((name) =>
    besideNet(ACTIVE, `CPU per message, one active among idle ones, ${name}`, [name], 1.2),
  ),
  besideNet(
    ACTIVE,
    'CPU per message, one active among idle ones, echo-asyncore',
    ['echo-asyncore'],
    4,
  ),
  importGoal('fdselect', 'net', 1.8),
  ...['loop', 'reactor', 'asyncore', 'asynchat', 'components'].map((name) =>
    importGoal(name, 'fdselect', 2),
  ),
];
