// were answered; then both sides waited
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';
export function serve(socket) {
  const set = epoll();
  set.register(socket, EPOLLIN | EPOLLET);
  const buffer = Buffer.alloc(16);
  for (let isOpen = true; isOpen; ) {
    if (set.poll(0.1).length === 0) break;
    const size = socket.tryRecvInto(buffer);
    isOpen = size !== 0;
    if (size) socket.sendall(buffer.subarray(0, size).toString().toUpperCase());
    const more = isOpen ? socket.tryRecvInto(buffer) : null;
    if (more === 0) isOpen = false;
    else if (more) socket.sendall(buffer.subarray(0, more).toString().toUpperCase());
  }
  set.close();
}
