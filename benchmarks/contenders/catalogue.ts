/** All contenders, in the order in which they take turns. */
import type { Command, Contender, JobHost, Mechanism } from '../runner/contender.js';
import { compiled, fromBenchmarks } from '../runner/paths.js';
import {
  bun,
  bunFile,
  deno,
  denoFile,
  koffi,
  libuv,
  libuvFile,
  npmEpoll,
  python,
  pythonFile,
  uvloop,
} from '../runner/requirements.js';

const MECHANISMS: readonly Mechanism[] = ['select', 'poll', 'epoll'];

const node = process.execPath;
const host = compiled('contenders/host.js');
const pythonHost = fromBenchmarks('contenders/python/host.py');
const cFile = fromBenchmarks('native/build/c');

/**
 * How Node is told to keep its young generation small: its size follows the traffic of the past,
 * and would be counted as memory of idle connections.
 */
const SMALL_NURSERY = '--max-semi-space-size=1';

/**
 * The roles of a module in Node. Loops share a process with those of the same mechanism, so that C is
 * measured with the same fds and threads; others would leave their garbage and their types in it.
 */
function inNode(module: string, mechanism?: Mechanism) {
  const job: JobHost = { key: `node-${mechanism}`, command: [node, host, 'jobs'], module };
  return {
    echo: {
      echo: [node, host, 'echo', module],
      echoForMemory: [node, SMALL_NURSERY, host, 'echo', module],
    },
    calls: { calls: job },
    churn: { churn: job },
    wake: {
      wake: [node, host, 'wake', module, 'other'],
      wakeItself: (count: number): Command => [node, host, 'wake', module, 'self', String(count)],
    },
  } satisfies Record<string, Partial<Contender>>;
}

function fdselectSync(mechanism: Mechanism): Contender {
  const roles = inNode(`./fdselect/${mechanism}.js`, mechanism);
  return {
    name: `fdselect-${mechanism}`,
    label: `fdselect ${mechanism}()`,
    family: 'fdselect',
    mechanism,
    ...roles.echo,
    ...roles.calls,
    ...(mechanism !== 'select' && roles.churn),
    wake: roles.wake.wake,
  };
}

function fdselectInto(mechanism: 'poll' | 'epoll'): Contender {
  return {
    name: `fdselect-${mechanism}-into`,
    label: `fdselect ${mechanism}() pollInto`,
    family: 'fdselect',
    mechanism,
    ...inNode(`./fdselect/${mechanism}-into.js`, mechanism).calls,
  };
}

function inC(mechanism: Mechanism): Contender {
  const roles = inNode(`./c/${mechanism}.js`, mechanism);
  return {
    name: `c-${mechanism}`,
    label: `C ${mechanism}()`,
    family: 'C',
    mechanism,
    echo: [cFile, `echo-${mechanism}`],
    ...roles.calls,
    ...(mechanism !== 'select' && roles.churn),
    ...(mechanism === 'poll' && { wake: [cFile, 'wake-poll'] }),
    ...(mechanism === 'select' && { limits: { isBelowFdSetsize: true } }),
  };
}

function inCPython(mechanism: Mechanism): Contender {
  const module = `on_${mechanism}`;
  const job = {
    key: `cpython-${mechanism}`,
    command: [pythonFile, pythonHost, 'jobs'],
    module,
  } as const;
  return {
    name: `cpython-${mechanism}`,
    label: `CPython ${mechanism}()`,
    family: 'CPython',
    mechanism,
    needs: python,
    echo: [pythonFile, pythonHost, 'echo', module],
    calls: job,
    ...(mechanism !== 'select' && { churn: job }),
    wake: [pythonFile, pythonHost, 'wake', module],
    ...(mechanism === 'select' && { limits: { isBelowFdSetsize: true } }),
  };
}

/** Without a second thread: as anybody runs it, but no fair comparison with a process of Node's. */
function inStockCPython(mechanism: Mechanism): Contender {
  const command = [pythonFile, pythonHost, '--stock', 'jobs'] as const;
  return {
    name: `cpython-stock-${mechanism}`,
    label: `CPython ${mechanism}(), one thread`,
    family: 'CPython, one thread',
    mechanism,
    needs: python,
    calls: { key: `cpython-stock-${mechanism}`, command, module: `on_${mechanism}` },
    ...(mechanism === 'select' && { limits: { isBelowFdSetsize: true } }),
  };
}

function onKoffi(mechanism: Mechanism): Contender {
  return {
    name: `koffi-${mechanism}`,
    label: `koffi ${mechanism}()`,
    family: 'koffi',
    mechanism,
    needs: koffi,
    calls: inNode(`./koffi/${mechanism}.js`, mechanism).calls.calls,
  };
}

const libuvPoll = inNode('./libuv/poll.js', 'epoll');
const asyncEpoll = inNode('./fdselect/async-epoll.js');
const asyncPoll = inNode('./fdselect/async-poll.js');
const pipe = inNode('./node/pipe.js');
const write = inNode('./node/write.js');

function inDeno(module: string): Command {
  return ['env', 'DENO_NO_UPDATE_CHECK=1', denoFile, 'run', '-A', host, 'echo', module];
}

/** The same command with the waiter's other driver: `lib/waits/waiter.ts`. */
function withThread(command: Command): Command {
  return ['env', 'FDSELECT_WAITER=thread', ...command];
}

export const catalogue: readonly Contender[] = [
  ...MECHANISMS.map(fdselectSync),
  ...(['poll', 'epoll'] as const).map(fdselectInto),
  {
    name: 'fdselect-async',
    label: 'fdselect epoll() pollAsync',
    family: 'fdselect',
    mechanism: 'epoll',
    ...asyncEpoll.echo,
    ...asyncEpoll.wake,
  },
  {
    name: 'fdselect-poll-async',
    label: 'fdselect poll() pollAsync',
    family: 'fdselect',
    mechanism: 'poll',
    ...asyncPoll.echo,
    ...asyncPoll.wake,
  },
  {
    name: 'fdselect-async-thread',
    label: 'fdselect poll() pollAsync, thread',
    family: 'fdselect',
    mechanism: 'poll',
    wake: withThread(asyncPoll.wake.wake as Command),
    wakeItself: (count) => withThread(asyncPoll.wake.wakeItself(count)),
  },
  {
    name: 'fdselect-loop',
    label: 'fdselect/loop Connection',
    family: 'fdselect',
    ...inNode('./fdselect/loop.js').echo,
  },
  { name: 'net-pipe', label: 'node:net pipe', family: 'node:net', ...pipe.echo },
  { name: 'net-write', label: 'node:net write', family: 'node:net', ...write.echo, ...write.wake },
  {
    name: 'libuv',
    label: 'libuv in C',
    family: 'libuv',
    needs: libuv,
    echo: [libuvFile, 'echo-tcp'],
    wake: [libuvFile, 'wake-poll'],
  },
  {
    name: 'libuv-poll',
    label: 'libuv uv_poll_t',
    family: 'libuv',
    mechanism: 'epoll',
    ...libuvPoll.calls,
    ...libuvPoll.churn,
  },
  ...MECHANISMS.map(inC),
  ...MECHANISMS.map(inCPython),
  ...MECHANISMS.map(inStockCPython),
  {
    name: 'asyncio',
    label: 'asyncio',
    family: 'CPython',
    needs: python,
    echo: [pythonFile, pythonHost, 'echo', 'on_asyncio'],
  },
  {
    name: 'uvloop',
    label: 'asyncio on uvloop',
    family: 'CPython',
    needs: uvloop,
    echo: [pythonFile, pythonHost, 'echo', 'on_uvloop'],
  },
  {
    name: 'bun',
    label: 'Bun node:net write',
    family: 'Bun',
    needs: bun,
    echo: [bunFile, host, 'echo', './node/write.js'],
  },
  {
    name: 'bun-listen',
    label: 'Bun.listen',
    family: 'Bun',
    needs: bun,
    echo: [bunFile, host, 'echo', './bun/listen.js'],
  },
  {
    name: 'deno',
    label: 'Deno node:net write',
    family: 'Deno',
    needs: deno,
    echo: inDeno('./node/write.js'),
  },
  {
    name: 'deno-listen',
    label: 'Deno.listen',
    family: 'Deno',
    needs: deno,
    echo: inDeno('./deno/listen.js'),
  },
  ...MECHANISMS.map(onKoffi),
  {
    name: 'npm-epoll',
    label: 'npm package epoll',
    family: 'npm epoll',
    needs: npmEpoll,
    ...inNode('./npm-epoll/wake.js').wake,
  },
  { name: 'import-fdselect', label: "import 'fdselect'", family: 'fdselect', imports: 'fdselect' },
  {
    name: 'import-loop',
    label: "import 'fdselect/loop'",
    family: 'fdselect',
    imports: 'fdselect/loop',
  },
  { name: 'import-net', label: "import 'node:net'", family: 'node:net', imports: 'node:net' },
  {
    name: 'import-empty',
    label: 'import of an empty file',
    family: 'node:net',
    imports: compiled('contenders/node/empty.js'),
  },
];
