// Solution of lesson 9: after an edge, read until EAGAIN; the end is one of the answers.
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';

export function serve(socket) {
  const set = epoll();
  set.register(socket, EPOLLIN | EPOLLET);
  const buffer = Buffer.alloc(16);
  let isOpen = true;
  while (isOpen && set.poll(0.5).length > 0) {
    for (;;) {
      const size = socket.tryRecvInto(buffer);
      if (size === null) break; // EAGAIN: the next edge will be told
      if (size === 0) {
        isOpen = false;
        break;
      }
      socket.sendall(buffer.subarray(0, size).toString().toUpperCase());
    }
  }
  set.close();
}
