/** Churn: what it costs to register, modify and unregister. */
import type { Scenario } from '../runner/scenario.js';
import { type LoopCell, LoopEntry, LoopHosts } from './loops.js';

export function churn(): Scenario<LoopCell> {
  const hosts = new LoopHosts();
  return {
    name: 'churn',
    title: 'Register, modify, unregister',
    text:
      'The time of one such operation, where all file descriptors are registered, then modified, then unregistered. ' +
      'With epoll each is a system call; with poll none is.',
    metrics: { time: { label: 'time per operation', unit: 'ns', better: 'lower' } },
    cells({ isQuick }) {
      return (isQuick ? [100] : [1, 100, 1000]).map((count) => ({
        ...{ id: String(count), label: `${count} fds` },
        ...{ count, ready: 0 },
      }));
    },
    takesPart: (contender) => contender.churn !== undefined,
    base: ({ mechanism }) => `c-${mechanism}`,
    cost: (_, { isQuick }) => (isQuick ? 8 : 20),
    open: async (contender, context) =>
      new LoopEntry(
        hosts,
        { contender, role: 'churn', batchMs: context.scale.isQuick ? 8 : 20 },
        context,
      ),
  };
}
