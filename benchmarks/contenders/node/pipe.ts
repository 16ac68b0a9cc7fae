/** node:net with pipe(). */
import { createServer } from 'node:net';
import { announce } from '../announce.js';
import type { Echo } from '../roles.js';

export const echo: Echo = () => {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    announce((server.address() as { port: number }).port);
  });
};
