// the receiver sees no urgent byte
import { select } from 'fdselect';
import { MSG_OOB } from 'fdselect/socket';
export function passOn(from, to) {
  const buffer = Buffer.alloc(4096);
  for (let size = from.tryRecvInto(buffer); size; size = from.tryRecvInto(buffer))
    to.send(buffer.subarray(0, size));
  const [, , exceptional] = select([], [], [from], 0);
  if (exceptional.length > 0) to.send(from.recv(1, MSG_OOB), MSG_OOB);
}
