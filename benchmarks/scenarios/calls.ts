/** Cost per call: one wait that does not block, by how many fds there are and how many are ready. */
import type { Scenario } from '../runner/scenario.js';
import { hasRoom, isBareC, type LoopCell, LoopEntry, LoopHosts } from './loops.js';

/**
 * libuv takes so many events from the kernel at once. When there are as many it asks again, up to 48
 * times: where nothing is read, it finds the same file descriptors over and over, which no real
 * program is.
 */
const LIBUV_EVENTS = 1024;

function cell(count: number, ready: number): LoopCell {
  const label = `${ready} of ${count}`;
  return { id: `${ready}/${count}`, label, count, ready };
}

export function calls(): Scenario<LoopCell> {
  const hosts = new LoopHosts();
  return {
    name: 'calls',
    title: 'Cost per call',
    text:
      'The time of one wait that does not block, by how many file descriptors there are and how many of them are ready. ' +
      'The loops in C and of libuv run in the same process as fdselect with the same call.',
    metrics: { time: { label: 'time per call', unit: 'ns', better: 'lower' } },
    cells({ isQuick }) {
      const counts = isQuick ? [1, 10, 100, 1000] : [1, 10, 100, 1000, 10_000];
      return counts.flatMap((count) =>
        [...new Set([0, 1, count])].map((ready) => cell(count, ready)),
      );
    },
    takesPart: (contender, { count, ready }) =>
      contender.calls !== undefined &&
      (hasRoom(contender, count) || isBareC(contender)) &&
      (contender.family !== 'libuv' || ready < LIBUV_EVENTS),
    base: ({ mechanism, isOnNode26 }) => `c-${mechanism}${isOnNode26 ? '-26' : ''}`,
    cost: ({ count }, { isQuick }) => (isQuick ? 8 : 15) + count / 200,
    open: async (contender, context) =>
      new LoopEntry(
        hosts,
        { contender, role: 'calls', batchMs: context.scale.isQuick ? 8 : 15 },
        context,
      ),
  };
}
