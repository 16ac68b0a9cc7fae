/** Echo throughput: each connection sends its next message as soon as the one before is back. */
import type { Contender } from '../runner/contender.js';
import type { Cell } from '../runner/results.js';
import type { Scale, Scenario } from '../runner/scenario.js';
import { type Load, startVerified } from './echo-servers.js';

interface EchoCell extends Cell {
  connections: number;
  size: number;
}

/** So many connections would take too long for all: these are enough to see how it goes on. */
const MANY = 10_000;
const AT_MANY = new Set([
  ...['echo-poll', 'echo-epoll', 'echo-async', 'echo-asyncore', 'echo-reactor', 'book-loop'],
  ...['net-write', 'libuv', 'c-poll', 'c-epoll', 'c-uring', 'cpython-epoll', 'uvloop', 'bun'],
]);
/** Here the number of connections makes no difference: the kernel copies. */
const LARGE = 65536;

const SIZES: [number, string][] = [
  [64, '64 B'],
  [4096, '4 KiB'],
  [LARGE, '64 KiB'],
];

function cells({ isQuick }: Scale): EchoCell[] {
  const counts = isQuick ? [10, 100, 1000] : [1, 10, 100, 1000, MANY];
  const all = counts.flatMap((connections) =>
    SIZES.map(([size, label]) => ({
      id: `${connections}x${size}`,
      label: `${connections} x ${label}`,
      connections,
      size,
    })),
  );
  const wanted = all.filter(({ size, connections }) => size < LARGE || connections === 10);
  // A quick run has one number of connections for 4 KiB.
  return wanted.filter(({ size, connections }) => !isQuick || size !== 4096 || connections === 100);
}

/**
 * Window and warm-up in milliseconds: together long enough for every connection to have had its
 * turn, at a pace that any machine has.
 */
function windowOf({ connections, size }: EchoCell, { isQuick }: Scale) {
  const turn = connections / 60 + (connections * size) / 600_000;
  return { window: Math.max(isQuick ? 35 : 90, 0.7 * turn), warmup: Math.max(15, turn / 2) };
}

function takesPart({ echo, name, isOnNode26 }: Contender, { connections }: EchoCell): boolean {
  if (echo === undefined || (connections === MANY && !AT_MANY.has(name))) return false;
  return isOnNode26 !== true || connections > 1;
}

/** What was measured of a server, in a closed or an open loop. */
export function serverValues({ messages, seconds, ownCpu, serverCpu, p50, p99, p999 }: Load) {
  if (messages === 0) throw new Error('no message came back while it was measured');
  return {
    throughput: messages / seconds,
    cpu: (serverCpu / messages) * 1e9,
    ...{ p50, p99, p999 },
    loadShare: (100 * ownCpu) / seconds,
  };
}

export function echo(): Scenario<EchoCell> {
  return {
    name: 'echo',
    title: 'Echo throughput',
    text:
      'An echo server on one CPU, the load generator on the other. Every connection sends its next message as soon as ' +
      'the one before is back. Where the load generator has used up its CPU (a share near 100 %) it is the limit, and ' +
      'the CPU time that the server takes for a message says more than the throughput.',
    metrics: {
      throughput: { label: 'messages', unit: '/s', better: 'higher' },
      cpu: { label: "server's CPU time per message", unit: 'ns', better: 'lower' },
      p50: { label: 'delay, median', unit: 'ns', better: 'lower', isDetail: true },
      p99: { label: 'delay, 99 %', unit: 'ns', better: 'lower' },
      p999: { label: 'delay, 99.9 %', unit: 'ns', better: 'lower', isDetail: true },
      loadShare: {
        label: "load generator's share of its CPU",
        unit: '%',
        better: 'lower',
        isAbsolute: true,
      },
    },
    cells,
    takesPart,
    base: () => 'net-write',
    cost(cell, scale) {
      const { window, warmup } = windowOf(cell, scale);
      return window + warmup + 5;
    },
    async open(contender, { cpus, scale }) {
      const server = await startVerified(contender, cpus);
      return {
        prepare: ({ connections }) => server.connect(connections),
        async measure(cell) {
          const { size } = cell;
          const load = await server.drive('closed', { size, ...windowOf(cell, scale) });
          return { values: serverValues(load), curve: load.curve };
        },
        close: () => server.close(),
      };
    },
  };
}
