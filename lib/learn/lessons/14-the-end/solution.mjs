// Solution of lesson 14: end your own direction, read until the peer has ended, then close.
import { SHUT_WR } from 'fdselect/socket';

export function finish(server, goodbye) {
  server.sendall(goodbye);
  server.shutdown(SHUT_WR);
  while (server.recv(65536).length > 0);
  server.close();
}
