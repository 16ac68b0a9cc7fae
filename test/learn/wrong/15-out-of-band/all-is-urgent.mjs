// the receiver got 'hell' and not 'hello'
import { MSG_OOB } from 'fdselect/socket';
export function passOn(from, to) {
  const buffer = Buffer.alloc(4096);
  for (let size = from.tryRecvInto(buffer); size; size = from.tryRecvInto(buffer))
    to.send(buffer.subarray(0, size), MSG_OOB);
}
