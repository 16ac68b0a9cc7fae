/**
 * Imported for its effect: opens this process's waiter, which stays open, before the fds that a
 * test file must leave as they were are counted; and the thread that libuv's one falls back to.
 */
import { EPOLLIN, epoll, selectAsync } from 'fdselect';

await selectAsync([], [], [], 0.001);

if (epoll !== undefined) {
  const chain = [epoll()];
  while (chain.length < 5) {
    const outer = epoll();
    outer.register(chain.at(-1) as { fileno(): number }, EPOLLIN);
    chain.push(outer);
  }
  await chain.at(-1)?.pollAsync(0.001);
  for (const set of chain) set.close();
}
