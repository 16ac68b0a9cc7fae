// the socket is still open
import { SHUT_WR } from 'fdselect/socket';
export function finish(server, goodbye) {
  server.sendall(goodbye);
  server.shutdown(SHUT_WR);
  while (server.recv(65536).length > 0);
}
