/** fdselect's Epoll.pollInto(), which allocates nothing. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { registered } from './epoll.js';

export const calls: Calls = (fds, rounds) => {
  const set = registered(fds);
  const events = new Int32Array(2 * fds.length);
  let [found, sum] = [0, 0];
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) {
    found = set.pollInto(events, 0);
    for (let i = 0; i < 2 * found; i += 2) sum += (events[i] as number) + (events[i + 1] as number);
  }
  const ns = since(start, rounds);
  set.close();
  return { ns, found, sum };
};
