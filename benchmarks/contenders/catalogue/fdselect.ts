/** The contenders on fdselect: what users start, what they copy, single calls, and tuned loops. */
import type { Command, Contender, Mechanism } from '../../runner/contender.js';
import { inNode, MECHANISMS, serve } from './commands.js';

/** `fdselect serve NAME --quiet`. */
function program(name: string, mechanism?: Mechanism, ...options: string[]): Contender {
  return {
    name,
    label: `serve ${name}`,
    family: 'fdselect',
    ...(mechanism !== undefined && { mechanism }),
    echo: serve(name, ...options),
  };
}

/** Every echo server of the package. */
export const programs: readonly Contender[] = [
  program('echo-select', 'select'),
  program('echo-poll', 'poll'),
  program('echo-epoll', 'epoll'),
  program('echo-selectors', 'epoll'),
  program('echo-async', 'epoll'),
  program('echo-asyncore', 'epoll'),
  program('echo-asynchat', 'epoll', '--newline'),
  program('echo-reactor', 'epoll'),
];

function textbook(name: string, label: string): Contender {
  return {
    name: `book-${name}`,
    label,
    family: 'fdselect, examples',
    mechanism: 'epoll',
    ...inNode(`./textbook/${name}.js`).echo,
  };
}

/** The examples of the documentation, and a server as a beginner writes it. */
export const textbooks: readonly Contender[] = [
  textbook('loop', 'fdselect/loop example'),
  textbook('loop-async', 'fdselect/loop runAsync()'),
  textbook('reactor', 'fdselect/reactor example'),
  textbook('asyncore', 'fdselect/asyncore example'),
  textbook('asynchat', 'fdselect/asynchat example'),
  textbook('components', 'fdselect/components echo'),
  textbook('naive', 'naive server on epoll()'),
];

function tuned(name: string, label: string, module: string, mechanism?: Mechanism): Contender {
  return {
    name: `tuned-${name}`,
    label: `tuned loop, ${label}`,
    family: 'fdselect, tuned',
    ...(mechanism !== undefined && { mechanism }),
    ...inNode(`./fdselect/${module}.js`).echo,
  };
}

/** Loops that were written for speed: they show the limit of the package. */
export const tunedLoops: readonly Contender[] = [
  tuned('select', 'select()', 'select', 'select'),
  tuned('poll', 'pollInto', 'poll', 'poll'),
  tuned('epoll', 'epoll pollInto', 'epoll', 'epoll'),
  tuned('poll-async', 'Poll.pollAsync', 'async-poll', 'poll'),
  tuned('epoll-async', 'Epoll.pollAsync', 'async-epoll', 'epoll'),
  tuned('loop', 'fdselect/loop reusesInput', 'loop', 'epoll'),
];

function single(mechanism: Mechanism): Contender {
  const roles = inNode(`./fdselect/${mechanism}.js`, mechanism);
  return {
    name: `fdselect-${mechanism}`,
    label: `fdselect ${mechanism}()`,
    family: 'fdselect',
    mechanism,
    ...roles.calls,
    ...(mechanism !== 'select' && roles.churn),
    wake: roles.wake.wake,
  };
}

function into(mechanism: 'poll' | 'epoll'): Contender {
  return {
    name: `fdselect-${mechanism}-into`,
    label: `fdselect ${mechanism}() pollInto`,
    family: 'fdselect',
    mechanism,
    ...inNode(`./fdselect/${mechanism}-into.js`, mechanism).calls,
  };
}

/** The same command with the waiter's other driver: `lib/waits/waiter.ts`. */
function withThread(command: Command): Command {
  return ['env', 'FDSELECT_WAITER=thread', ...command];
}

const asyncPoll = inNode('./fdselect/async-poll.js').wake;

/** Single waits. */
export const waits: readonly Contender[] = [
  ...MECHANISMS.map(single),
  into('poll'),
  into('epoll'),
  {
    name: 'fdselect-async',
    label: 'fdselect Epoll.pollAsync',
    family: 'fdselect',
    mechanism: 'epoll',
    ...inNode('./fdselect/async-epoll.js').wake,
  },
  {
    name: 'fdselect-poll-async',
    label: 'fdselect Poll.pollAsync',
    family: 'fdselect',
    mechanism: 'poll',
    ...asyncPoll,
  },
  {
    name: 'fdselect-async-thread',
    label: 'fdselect Poll.pollAsync, thread',
    family: 'fdselect',
    mechanism: 'poll',
    wake: withThread(asyncPoll.wake as Command),
    wakeItself: (count) => withThread(asyncPoll.wakeItself(count)),
  },
];

const MODULES = ['loop', 'reactor', 'asyncore', 'asynchat', 'components'];

/** The module whose import is measured. */
export const imports: readonly Contender[] = ['fdselect', ...MODULES].map((name) => {
  const module = name === 'fdselect' ? name : `fdselect/${name}`;
  return {
    name: `import-${name}`,
    label: `import '${module}'`,
    family: 'fdselect',
    imports: module,
  };
});
