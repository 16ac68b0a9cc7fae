/** fdselect's Poll.pollAsync(), which shares the thread with Node's own event loop. */
import type { Wake } from '../roles.js';
import { registered } from './poll.js';
import { stampReader } from './stamp-reader.js';

export const wake: Wake = (stamps) => {
  const poller = registered(stamps.fds);
  const take = stampReader(stamps);
  void (async () => {
    for (;;) {
      const events = await poller.pollAsync();
      stamps.told();
      for (const [fd] of events) take(fd);
    }
  })();
  return undefined;
};
