/** select(2) through koffi. */
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { select } from './libc.js';

/** fd_set is made of longs, of 64 bits here. */
const LONG = 8;

export const calls: Calls = (fds, rounds) => {
  const highest = Math.max(...fds);
  const set = new Uint8Array(LONG * (Math.floor(highest / (8 * LONG)) + 1));
  const noWait = new Uint8Array(16); // struct timeval
  let ready: number[] = [];
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) {
    set.fill(0);
    for (const fd of fds) set[fd >> 3] = (set[fd >> 3] as number) | (1 << (fd & 7));
    select(highest + 1, set, null, null, noWait);
    ready = fds.filter((fd) => ((set[fd >> 3] as number) & (1 << (fd & 7))) !== 0);
  }
  return { ns: since(start, rounds), found: ready.length };
};
