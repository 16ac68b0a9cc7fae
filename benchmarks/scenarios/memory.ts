/** Private memory for each connection: idle, after one message, and of many more. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Cell } from '../runner/results.js';
import type { Scale, Scenario } from '../runner/scenario.js';
import { EchoServer } from './echo-servers.js';

/** What each connection sends and gets back. */
const MESSAGE = 64;
/** Room for the other open files of a process. */
const SPARE_FDS = 100;

interface MemoryCell extends Cell {
  /** This many connections are opened and send a message first; their memory is not counted. */
  first: number;
  /** The memory of the connections from `first` to `next` is counted. */
  next: number;
  /** The slope is that of the connections from `next` to `last`. */
  last: number;
}

/** How many file descriptors this process, and so a child of it, may have at most. */
function hardLimitOfFds(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

function sizes({ isQuick }: Scale) {
  return isQuick
    ? { first: 1000, next: 2000, last: 3000 }
    : { first: 5000, next: 10_000, last: 19_000 };
}

/** Bytes that this process alone has; shared libraries are not counted. */
function privateMemory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const lines = rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kilobytes]) => sum + 1024 * Number(kilobytes), 0);
}

const PATIENCE_MS = 10_000;

/**
 * The private memory of a server once it has nothing left to do.
 * @throws Error if that takes too long
 */
async function memoryAtRest(pid: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let last = -1, now = privateMemory(pid); ; now = privateMemory(pid)) {
    if (performance.now() > deadline) throw new Error('the server does not come to rest');
    const isAsleep = /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    if (isAsleep && now === last) return now;
    last = now;
    await setTimeout(20);
  }
}

async function measure(server: EchoServer, { first, next, last }: MemoryCell) {
  const atRest = () => memoryAtRest(server.pid);
  await server.connect(first);
  await server.speak(MESSAGE);
  const before = await atRest();
  await server.grow(next);
  const silent = await atRest();
  await server.speak(MESSAGE, first);
  const spoken = await atRest();
  await server.grow(last);
  await server.speak(MESSAGE, next);
  const many = await atRest();
  return {
    idle: (silent - before) / (next - first),
    spoken: (spoken - before) / (next - first),
    slope: (many - spoken) / (last - next),
  };
}

export function memory(): Scenario<MemoryCell> {
  return {
    name: 'memory',
    title: 'Memory per connection',
    text:
      'How much the private memory of an echo server grows with each connection: of 5,000 that have sent nothing yet, of the ' +
      'same after one message of 64 bytes each, and of 9,000 more. As many as the first ones were there before, have ' +
      'sent a message, and are not counted: with them comes what any number of connections needs, such as the compiler of a ' +
      'runtime. Each round has a new process. What V8 keeps for new objects grows in steps, from 1 to 8 MB over the first ' +
      'thousands of connections; the slope at the end is free of it.',
    metrics: {
      idle: { label: 'memory per idle connection', unit: 'bytes', better: 'lower' },
      spoken: { label: 'memory per connection after one message', unit: 'bytes', better: 'lower' },
      slope: { label: 'memory per further connection', unit: 'bytes', better: 'lower' },
    },
    cells(scale) {
      const counts = sizes(scale);
      const [first, next, last] = Object.values(counts).map((n) => n.toLocaleString('en'));
      return [{ id: 'memory', label: `${first} to ${next}; slope to ${last}`, ...counts }];
    },
    async obstacle(scale) {
      const { last } = sizes(scale);
      const limit = hardLimitOfFds();
      return limit >= last + SPARE_FDS
        ? null
        : `needs a hard limit of ${last + SPARE_FDS} file descriptors (ulimit -Hn), not ${limit}`;
    },
    // select() in C and CPython has no room for them; fdselect's has. With poll() C keeps as little as
    // with epoll(), but takes long to accept so many. Tuned loops keep as many as other servers.
    takesPart: ({ echo, mechanism = 'epoll', isOnNode26, family }) =>
      echo !== undefined &&
      (mechanism === 'epoll' || family === 'fdselect') &&
      isOnNode26 !== true &&
      family !== 'fdselect, tuned',
    needsNoWarmUp: true,
    base: () => 'net-write',
    cost: ({ last }) => 250 + last / 8,
    rounds: ({ rounds, isQuick }) => (isQuick ? 1 : rounds),
    async open({ name, echo }, { cpus }) {
      if (echo === undefined) throw new Error(`${name} has no echo server`);
      return {
        async measure(cell) {
          const server = await EchoServer.start(echo, cpus);
          try {
            return { values: await measure(server, cell) };
          } finally {
            await server.close();
          }
        },
        async close() {},
      };
    },
  };
}
