// times in one turn
import { select } from 'fdselect';
export function turn(sockets, handle) {
  const buffer = Buffer.alloc(4096);
  for (const socket of select(sockets, [], [], 0)[0]) {
    for (let reads = 0; reads < 100; reads++) {
      const size = socket.tryRecvInto(buffer);
      if (size === null) break;
      handle(socket, buffer.subarray(0, size));
      if (size === 0) break;
    }
  }
}
