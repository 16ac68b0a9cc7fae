/** fdselect's Epoll.pollAsync(), which shares the thread with Node's own event loop. */
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import type { Echo, Wake } from '../roles.js';
import { EchoServer, NOTHING, WRITE } from './echo-server.js';
import { registered } from './epoll.js';
import { stampReader } from './stamp-reader.js';

export const echo: Echo = async () => {
  const server = new EchoServer();
  const listener = server.listener.fileno();
  const set = epoll();
  set.register(listener, EPOLLIN);
  for (;;) {
    for (const [fd, events] of await set.pollAsync()) {
      if (fd === listener) {
        for (const newcomer of server.accept()) set.register(newcomer, EPOLLIN);
        continue;
      }
      const isOwing = (events & EPOLLOUT) !== 0;
      const next = isOwing ? server.onWritable(fd) : server.onReadable(fd);
      if (next === NOTHING) {
        set.unregister(fd);
        server.close(fd);
      } else if ((next === WRITE) !== isOwing) {
        set.modify(fd, next === WRITE ? EPOLLOUT : EPOLLIN);
      }
    }
  }
};

export const wake: Wake = (stamps) => {
  const set = registered(stamps.fds);
  const take = stampReader(stamps);
  void (async () => {
    for (;;) {
      const events = await set.pollAsync();
      stamps.told();
      for (const [fd] of events) take(fd);
    }
  })();
  return undefined;
};
