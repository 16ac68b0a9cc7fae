// the client got
import { SHUT_WR } from 'fdselect/socket';
export function finish(server, goodbye) {
  server.sendall(goodbye);
  server.shutdown(SHUT_WR);
  server.close();
}
