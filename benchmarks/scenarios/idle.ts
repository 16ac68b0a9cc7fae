/** Cost against idle fds: one is ready, and more and more are not. */
import type { Scenario } from '../runner/scenario.js';
import { crossings } from './crossings.js';
import { hasRoom, isBareC, type LoopCell, LoopEntry, LoopHosts } from './loops.js';

/** The families that have curves. */
const FAMILIES = new Set(['fdselect', 'C', 'libuv', 'CPython', 'CPython, one thread']);

export function idle(): Scenario<LoopCell> {
  const hosts = new LoopHosts();
  return {
    name: 'idle',
    title: 'Cost against idle file descriptors',
    text:
      'The time of one wait that finds one ready file descriptor among more and more idle ones. ' +
      'select and poll look at each of them; epoll names those that are ready.',
    metrics: { time: { label: 'time per call', unit: 'ns', better: 'lower' } },
    cells({ isQuick }) {
      const counts = isQuick
        ? [10, 100, 1000, 10_000]
        : [1, 3, 10, 32, 100, 316, 1000, 3162, 10_000];
      return counts.map((count) => ({
        ...{ id: String(count), label: `${count} idle` },
        ...{ count: count + 1, ready: 1 },
      }));
    },
    takesPart: (contender, { count }) =>
      contender.calls !== undefined &&
      FAMILIES.has(contender.family) &&
      !contender.name.endsWith('-into') &&
      (hasRoom(contender, count - 1) || isBareC(contender)),
    base: ({ mechanism }) => `c-${mechanism}`,
    cost: ({ count }, { isQuick }) => (isQuick ? 8 : 20) + count / 200,
    open: async (contender, context) =>
      new LoopEntry(
        hosts,
        { contender, role: 'calls', batchMs: context.scale.isQuick ? 8 : 20 },
        context,
      ),
    conclude: crossings,
  };
}
