/** epoll(7) through a foreign function interface. */
import { closeSync } from 'node:fs';
import { endianness } from 'node:os';
import { EPOLLIN } from 'fdselect';
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import type { Libc } from './libc.js';

const ADD = 1; // EPOLL_CTL_ADD

/** struct epoll_event in 32-bit units: it is packed on x86-64 only. */
const EVENT = process.arch === 'x64' ? 3 : 4;
const DATA = EVENT === 3 ? 1 : 2;

export function epollCalls<P>(libc: Libc<P>): Calls {
  const { pointer, epollCreate, epollControl, epollWait } = libc;
  return (fds, rounds) => {
    if (endianness() !== 'LE') throw new Error('this contender is for little-endian systems');
    const set = epollCreate(0);
    const event = new Int32Array(EVENT);
    for (const fd of fds) {
      event[0] = EPOLLIN;
      event[DATA] = fd;
      epollControl(set, ADD, fd, pointer(new Uint8Array(event.buffer)));
    }
    const room = fds.length + 1;
    const ints = new Int32Array(EVENT * room);
    const events = pointer(new Uint8Array(ints.buffer));
    let [found, sum] = [0, 0];
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) {
      found = epollWait(set, events, room, 0);
      for (let i = 0; i < EVENT * found; i += EVENT) {
        sum += (ints[i + DATA] as number) + (ints[i] as number);
      }
    }
    const ns = since(start, rounds);
    closeSync(set);
    return { ns, found, sum };
  };
}
