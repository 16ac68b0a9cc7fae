/** fdselect's Poll.pollAsync(), which shares the thread with Node's own event loop. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import type { Echo, Wake } from '../roles.js';
import { EchoServer, NOTHING, WRITE } from './echo-server.js';
import { registered } from './poll.js';
import { stampReader } from './stamp-reader.js';

export const echo: Echo = async () => {
  const server = new EchoServer();
  const listener = server.listener.fileno();
  const poller = poll();
  poller.register(listener, POLLIN);
  for (;;) {
    for (const [fd, events] of await poller.pollAsync()) {
      if (fd === listener) {
        for (const newcomer of server.accept()) poller.register(newcomer, POLLIN);
        continue;
      }
      const isOwing = (events & POLLOUT) !== 0;
      const next = isOwing ? server.onWritable(fd) : server.onReadable(fd);
      if (next === NOTHING) {
        poller.unregister(fd);
        server.close(fd);
      } else if ((next === WRITE) !== isOwing) {
        poller.modify(fd, next === WRITE ? POLLOUT : POLLIN);
      }
    }
  }
};

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
