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
}

/** Resident memory in bytes. */
function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** Once the server has nothing left to do. */
async function memoryAtRest(pid: number): Promise<number> {
  for (let last = -1, now = residentMemory(pid); ; now = residentMemory(pid)) {
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
      "runtime, which is larger than all connections. Each round has a new process. Node's young generation is kept small: " +
      'its size depends on the traffic, not on the connections.',
    metrics: { memory: { label: 'memory per connection', unit: 'bytes', better: 'lower' } },
    cells({ isQuick }) {
      const connections = isQuick ? CONNECTIONS_QUICK : CONNECTIONS;
      return [{ id: String(connections), label: `${connections} connections`, connections }];
    },
    // select() in C and CPython has no room for them; fdselect's has.
    takesPart: ({ echo, limits }) => echo !== undefined && limits?.isBelowFdSetsize !== true,
    base: () => 'net-write',
    cost: ({ connections }) => 250 + connections / 5,
    rounds: ({ rounds, isQuick }) => (isQuick ? 1 : rounds),
    async open({ name, echo, echoForMemory = echo }, { cpus }) {
      if (echoForMemory === undefined) throw new Error(`${name} has no echo server`);
      return {
        async measure({ connections }) {
          const server = await EchoServer.start(echoForMemory, cpus);
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
