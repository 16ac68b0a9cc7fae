/** fdselect's Epoll.pollInto(), which allocates nothing. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { registered } from './epoll.js';

export const calls: Calls = (fds, rounds) => {
  const set = registered(fds);
  const events = new Int32Array(2 * fds.length);
  let found = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) found = set.pollInto(events, 0);
  const ns = since(start, rounds);
  set.close();
  return { ns, found };
};
