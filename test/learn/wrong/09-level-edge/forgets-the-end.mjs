// its last wait found nothing
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';
export function serve(socket) {
  const set = epoll();
  set.register(socket, EPOLLIN | EPOLLET);
  const buffer = Buffer.alloc(16);
  for (let isOpen = true; isOpen; ) {
    if (set.poll(0.1).length === 0) break;
    for (;;) {
      const size = socket.tryRecvInto(buffer);
      if (size === null || size === 0) break;
      socket.sendall(buffer.subarray(0, size).toString().toUpperCase());
    }
  }
  set.close();
}
