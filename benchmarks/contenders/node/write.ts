/** node:net with 'data' and write(), also as Bun and Deno have it. */
import { createServer, Socket } from 'node:net';
import { announce } from '../announce.js';
import type { Echo, Wake } from '../roles.js';

export const echo: Echo = () => {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => socket.resume());
    socket.on('data', (bytes) => {
      if (!socket.write(bytes)) socket.pause();
    });
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    announce((server.address() as { port: number }).port);
  });
};

export const wake: Wake = (stamps) => {
  for (const fd of stamps.fds) {
    new Socket({ fd }).on('data', (data) => {
      stamps.told();
      stamps.took(data);
    });
  }
  return undefined;
};
