/** fdselect/loop: an EventLoop with Connections, which shares the thread with Node's event loop. */
import { EventLoop, listen } from 'fdselect/loop';
import { IPPROTO_TCP, Socket, TCP_NODELAY } from 'fdselect/socket';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

export const echo: Echo = () => {
  const loop = new EventLoop();
  const listener = listen(
    loop,
    ['127.0.0.1', 0],
    (connection) => ({
      data: (bytes) => {
        connection.write(bytes);
      },
      lost: () => {},
    }),
    { backlog: 4096, reusesInput: true },
  );
  // Of the same open socket: what the listener accepts inherits it.
  using duplicate = Socket.fromfd(listener.fileno());
  duplicate.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  announce((listener.getsockname() as [string, number])[1]);
  return loop.runAsync();
};
