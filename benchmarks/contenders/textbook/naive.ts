/**
 * A server as a Python programmer writes the first one: epoll.poll(), a Map of sockets,
 * recv(65536), sendall().
 */
import { EPOLLIN, epoll } from 'fdselect';
import { createServer, type Socket } from 'fdselect/socket';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

const NOTHING = Buffer.alloc(0);

export const echo: Echo = () => {
  const listener = createServer(['127.0.0.1', 0], { backlog: 4096 });
  announce((listener.getsockname() as [string, number])[1]);
  const poller = epoll();
  const clients = new Map<number, Socket>();
  poller.register(listener, EPOLLIN);
  for (;;) {
    for (const [fd] of poller.poll()) {
      const client = clients.get(fd);
      if (client === undefined) {
        const [newcomer] = listener.accept();
        clients.set(newcomer.fileno(), newcomer);
        poller.register(newcomer, EPOLLIN);
        continue;
      }
      let data: Buffer = NOTHING;
      try {
        data = client.recv(65536);
        client.sendall(data);
      } catch {
        data = NOTHING; // a reset: the connection is over
      }
      if (data.length > 0) continue;
      poller.unregister(fd);
      clients.delete(fd);
      client.close();
    }
  }
};
