/** select(2) through a foreign function interface. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import type { Libc } from './libc.js';

/** fd_set is made of longs, of 64 bits here. */
const LONG = 8;

/** struct timeval, kept for as long as a pointer to it is in use. */
const NO_WAIT = new Uint8Array(new ArrayBuffer(16));

export function selectCalls<P>({ pointer, select }: Libc<P>): Calls {
  return (fds, rounds) => {
    const highest = Math.max(...fds);
    const set = new Uint8Array(LONG * (Math.floor(highest / (8 * LONG)) + 1));
    const readers = pointer(set);
    const noWait = pointer(NO_WAIT);
    let [found, sum] = [0, 0];
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) {
      set.fill(0);
      for (const fd of fds) set[fd >> 3] = (set[fd >> 3] as number) | (1 << (fd & 7));
      found = select(highest + 1, readers, null, null, noWait);
      let left = found;
      for (let i = 0; left > 0; i++) {
        const fd = fds[i] as number;
        if (((set[fd >> 3] as number) & (1 << (fd & 7))) === 0) continue;
        left--;
        sum += fd;
      }
    }
    return { ns: since(start, rounds), found, sum };
  };
}
