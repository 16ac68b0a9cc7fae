/** poll(2) through a foreign function interface. */
import { POLLIN } from 'fdselect';
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import type { Libc } from './libc.js';

/** struct pollfd in 16-bit units: an int, events, revents. */
const ENTRY = 4;
const EVENTS = 2;
const REVENTS = 3;

export function pollCalls<P>({ pointer, poll }: Libc<P>): Calls {
  return (fds, rounds) => {
    const shorts = new Int16Array(ENTRY * fds.length);
    const ints = new Int32Array(shorts.buffer);
    for (const [i, fd] of fds.entries()) {
      ints[(ENTRY * i) / 2] = fd;
      shorts[ENTRY * i + EVENTS] = POLLIN;
    }
    const entries = pointer(new Uint8Array(shorts.buffer));
    let [found, sum] = [0, 0];
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) {
      found = poll(entries, fds.length, 0);
      let left = found;
      for (let i = 0; left > 0; i += ENTRY) {
        const revents = shorts[i + REVENTS] as number;
        if (revents === 0) continue;
        left--;
        sum += (ints[i / 2] as number) + revents;
      }
    }
    return { ns: since(start, rounds), found, sum };
  };
}
