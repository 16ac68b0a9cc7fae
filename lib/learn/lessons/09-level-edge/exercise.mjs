// Exercise of lesson 9. This edge-triggered server gives a client its lines in upper case. With
// long messages it hangs: the client waits for an answer, and the server waits for the client.
// Mend it, and keep EPOLLET.
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';

/** Serves one connected, non-blocking socket until its peer ends. */
export function serve(socket) {
  const set = epoll();
  set.register(socket, EPOLLIN | EPOLLET);
  const buffer = Buffer.alloc(16);
  for (;;) {
    if (set.poll(0.5).length === 0) break; // nothing for half a second: give up
    const size = socket.tryRecvInto(buffer);
    if (size === 0) break;
    if (size !== null) socket.sendall(buffer.subarray(0, size).toString().toUpperCase());
  }
  set.close();
}
