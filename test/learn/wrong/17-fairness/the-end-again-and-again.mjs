// the end was handled 16 times
import { select } from 'fdselect';
export function turn(sockets, handle) {
  const buffer = Buffer.alloc(4096);
  for (const socket of select(sockets, [], [], 0)[0]) {
    for (let reads = 0; reads < 16; reads++) {
      const size = socket.tryRecvInto(buffer);
      if (size === null) break;
      handle(socket, buffer.subarray(0, size));
    }
  }
}
