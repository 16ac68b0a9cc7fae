// Solution of lesson 15: the third set first.
import { select } from 'fdselect';
import { MSG_OOB } from 'fdselect/socket';

export function passOn(from, to) {
  const [, , exceptional] = select([], [], [from], 0);
  if (exceptional.length > 0) to.send(from.recv(1, MSG_OOB), MSG_OOB);
  const buffer = Buffer.alloc(4096);
  for (;;) {
    const size = from.tryRecvInto(buffer);
    if (size === null || size === 0) return;
    to.send(buffer.subarray(0, size));
  }
}
