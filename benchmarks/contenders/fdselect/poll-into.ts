/** fdselect's Poll.pollInto(), which allocates nothing. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { registered } from './poll.js';

export const calls: Calls = (fds, rounds) => {
  const poller = registered(fds);
  const events = new Int32Array(2 * fds.length);
  let found = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) found = poller.pollInto(events, 0);
  return { ns: since(start, rounds), found };
};
