/** fdselect's Poll.pollInto(), which allocates nothing. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { registered } from './poll.js';

export const calls: Calls = (fds, rounds) => {
  const poller = registered(fds);
  const events = new Int32Array(2 * fds.length);
  let [found, sum] = [0, 0];
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) {
    found = poller.pollInto(events, 0);
    for (let i = 0; i < 2 * found; i += 2) sum += (events[i] as number) + (events[i + 1] as number);
  }
  return { ns: since(start, rounds), found, sum };
};
