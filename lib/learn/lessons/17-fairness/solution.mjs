// Solution of lesson 17: a budget for each socket.
import { select } from 'fdselect';

export function turn(sockets, handle) {
  const [ready] = select(sockets, [], [], 0);
  for (const socket of ready) {
    const buffer = Buffer.alloc(4096);
    for (let reads = 0; reads < 16; reads++) {
      const size = socket.tryRecvInto(buffer);
      if (size === null) break;
      handle(socket, buffer.subarray(0, size));
      if (size === 0) break;
    }
  }
}
