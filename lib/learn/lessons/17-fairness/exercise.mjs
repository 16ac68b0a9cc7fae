// Exercise of lesson 17. One turn: reads what is ready. A talker keeps the turn for ever.
// Mend it: at most 16 reads of one socket in a turn, and each ready socket has its turn.
import { select } from 'fdselect';

/** `sockets`: non-blocking. `handle(socket, bytes)` is called for each read; no bytes: the end. */
export function turn(sockets, handle) {
  const [ready] = select(sockets, [], [], 0);
  for (const socket of ready) {
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const size = socket.tryRecvInto(buffer);
      if (size === null) break;
      handle(socket, buffer.subarray(0, size));
      if (size === 0) break;
    }
  }
}
