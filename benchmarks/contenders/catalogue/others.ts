/** The contenders that fdselect is compared with. */
import type { Command, Contender, Mechanism } from '../../runner/contender.js';
import { compiled, fromBenchmarks } from '../../runner/paths.js';
import {
  bun,
  bunFile,
  deno,
  denoFile,
  koffi,
  libuv,
  libuvFile,
  node26,
  node26File,
  npmEpoll,
  python,
  pythonFile,
  uring,
  uringFile,
  uvloop,
} from '../../runner/requirements.js';
import { host, inNode, MECHANISMS } from './commands.js';

const pythonHost = fromBenchmarks('contenders/python/host.py');
const cFile = fromBenchmarks('native/build/c');

const BELOW_FD_SETSIZE = { limits: { isBelowFdSetsize: true } };

const pipe = inNode('./node/pipe.js');
const write = inNode('./node/write.js');

export const nodeNet: readonly Contender[] = [
  { name: 'net-pipe', label: 'node:net pipe', family: 'node:net', ...pipe.echo },
  { name: 'net-write', label: 'node:net write', family: 'node:net', ...write.echo, ...write.wake },
];

const libuvPoll = inNode('./libuv/poll.js', 'epoll');
const current = inNode('./libuv/current.js');

/** On Debian's libuv, and on the one of Node 26, which is current. */
const onLibuv: readonly Contender[] = [
  {
    name: 'libuv',
    label: 'libuv in C',
    family: 'libuv',
    needs: libuv,
    echo: [libuvFile, 'echo-tcp'],
    wake: [libuvFile, 'wake-poll'],
  },
  {
    name: 'libuv-current',
    label: 'libuv in C, current',
    family: 'libuv',
    needs: node26,
    echo: [node26File, host, 'echo', './libuv/current.js'],
    wake: [node26File, ...(current.wake.wake.slice(1) as string[])],
  },
  {
    name: 'libuv-poll',
    label: 'libuv uv_poll_t',
    family: 'libuv',
    mechanism: 'epoll',
    ...libuvPoll.calls,
    ...libuvPoll.churn,
  },
];

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
    ...(mechanism === 'select' && BELOW_FD_SETSIZE),
  };
}

function inCPython(mechanism: Mechanism): Contender {
  const module = `on_${mechanism}`;
  const key = `cpython-${mechanism}`;
  const job = { key, command: [pythonFile, pythonHost, 'jobs'], module } as const;
  return {
    name: key,
    label: `CPython ${mechanism}()`,
    family: 'CPython',
    mechanism,
    needs: python,
    echo: [pythonFile, pythonHost, 'echo', module],
    calls: job,
    ...(mechanism !== 'select' && { churn: job }),
    wake: [pythonFile, pythonHost, 'wake', module],
    ...(mechanism === 'select' && BELOW_FD_SETSIZE),
  };
}

/** Without a second thread: the usual case, but Node's processes always have several. */
function inStockCPython(mechanism: Mechanism): Contender {
  const command = [pythonFile, pythonHost, '--stock', 'jobs'] as const;
  return {
    name: `cpython-stock-${mechanism}`,
    label: `CPython ${mechanism}(), one thread`,
    family: 'CPython, one thread',
    mechanism,
    needs: python,
    calls: { key: `cpython-stock-${mechanism}`, command, module: `on_${mechanism}` },
    ...(mechanism === 'select' && BELOW_FD_SETSIZE),
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

function onNodeFfi(mechanism: Mechanism): Contender {
  const { calls } = inNode(`./node-ffi/${mechanism}.js`, mechanism).calls;
  return {
    name: `ffi-${mechanism}-26`,
    label: `node:ffi ${mechanism}(), Node 26`,
    family: 'node:ffi',
    mechanism,
    needs: node26,
    isOnNode26: true,
    calls: { ...calls, key: `${calls.key}-26`, command: [node26File, host, 'jobs'] },
  };
}

function inDeno(module: string): Command {
  return ['env', 'DENO_NO_UPDATE_CHECK=1', denoFile, 'run', '-A', host, 'echo', module];
}

function echoOnly(
  name: string,
  label: string,
  family: string,
  needs: Contender['needs'],
  echo: Command,
): Contender {
  return { name, label, family, ...(needs !== undefined && { needs }), echo };
}

export const bareCalls: readonly Contender[] = MECHANISMS.map(inC);

export const others: readonly Contender[] = [
  ...onLibuv,
  ...bareCalls,
  echoOnly('c-uring', 'C io_uring', 'io_uring', uring, [uringFile, 'echo']),
  ...MECHANISMS.map(inCPython),
  ...MECHANISMS.map(inStockCPython),
  echoOnly('asyncio', 'asyncio', 'CPython', python, [pythonFile, pythonHost, 'echo', 'on_asyncio']),
  echoOnly('uvloop', 'asyncio on uvloop', 'CPython', uvloop, [
    ...([pythonFile, pythonHost, 'echo', 'on_uvloop'] as const),
  ]),
  echoOnly('bun', 'Bun node:net write', 'Bun', bun, [bunFile, host, 'echo', './node/write.js']),
  echoOnly('bun-listen', 'Bun.listen', 'Bun', bun, [bunFile, host, 'echo', './bun/listen.js']),
  echoOnly('deno', 'Deno node:net write', 'Deno', deno, inDeno('./node/write.js')),
  echoOnly('deno-listen', 'Deno.listen', 'Deno', deno, inDeno('./deno/listen.js')),
  ...MECHANISMS.map(onKoffi),
  ...MECHANISMS.map(onNodeFfi),
  {
    name: 'npm-epoll',
    label: 'npm package epoll',
    family: 'npm epoll',
    needs: npmEpoll,
    ...inNode('./npm-epoll/wake.js').wake,
  },
  { name: 'import-net', label: "import 'node:net'", family: 'node:net', imports: 'node:net' },
  {
    name: 'import-empty',
    label: 'import of an empty file',
    family: 'node:net',
    imports: compiled('contenders/node/empty.js'),
  },
];
