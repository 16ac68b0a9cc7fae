/** Memory per idle connection. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { EchoServer } from './echo-servers.js';

/** So many are opened, and then as many again, whose memory counts. */
const CONNECTIONS = 5000;
const CONNECTIONS_QUICK = 2000;

interface MemoryCell extends Cell {
  connections: number;
  /** As everybody starts it, or with a small young generation. */
  nursery: 'default' | 'small';
}

/** Resident memory in bytes. */
function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

const PATIENCE_MS = 10_000;

/**
 * Once the server has nothing left to do.
 * @throws Error where that takes too long
 */
async function memoryAtRest(pid: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let last = -1, now = residentMemory(pid); ; now = residentMemory(pid)) {
    if (performance.now() > deadline) throw new Error('the server does not come to rest');
    const isAsleep = /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    if (isAsleep && now === last) return now;
    last = now;
    await setTimeout(20);
  }
}

export function memory(): Scenario<MemoryCell> {
  return {
    name: 'memory',
    title: 'Memory per idle connection',
    text:
      'How much the resident memory of an echo server grows with each connection that has exchanged a message and then is ' +
      'idle, beside as many that came first: with those comes what any number of them needs, such as the compiler of a ' +
      'runtime, which is larger than all connections. Each round has a new process. The size of a young generation follows ' +
      'the traffic, not the connections: so Node is shown as it is and with a small one.',
    metrics: { memory: { label: 'memory per connection', unit: 'bytes', better: 'lower' } },
    cells({ isQuick }) {
      const connections = isQuick ? CONNECTIONS_QUICK : CONNECTIONS;
      const label = `${connections} more connections`;
      return [
        { id: String(connections), label, connections, nursery: 'default' },
        {
          ...{ id: `${connections}-small`, label: `${label}, small young generation` },
          ...{ connections, nursery: 'small' },
        },
      ];
    },
    // select() in C and CPython has no room for them; fdselect's has.
    takesPart: ({ echo, echoForMemory, limits }, { nursery }) =>
      (nursery === 'default' ? echo : echoForMemory) !== undefined &&
      limits?.isBelowFdSetsize !== true,
    needsNoWarmUp: true,
    base: () => 'net-write',
    cost: ({ connections }) => 250 + connections / 5,
    rounds: ({ rounds, isQuick }) => (isQuick ? 1 : rounds),
    async open({ name, echo, echoForMemory }, { cpus }) {
      return {
        async measure({ connections, nursery }) {
          const command = nursery === 'default' ? echo : echoForMemory;
          if (command === undefined) throw new Error(`${name} has no echo server`);
          const server = await EchoServer.start(command, cpus);
          try {
            await server.connect(connections);
            const before = await memoryAtRest(server.pid);
            await server.grow(2 * connections);
            const grown = (await memoryAtRest(server.pid)) - before;
            return { values: { memory: grown / connections } };
          } finally {
            await server.close();
          }
        },
        async close() {},
      };
    },
  };
}
