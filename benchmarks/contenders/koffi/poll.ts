/** poll(2) through koffi. */
import { POLLIN } from 'fdselect';
import { since } from '../clock.js';
import type { Calls } from '../roles.js';
import { poll } from './libc.js';

/** struct pollfd in 16-bit units: an int, events, revents. */
const ENTRY = 4;
const EVENTS = 2;
const REVENTS = 3;

export const calls: Calls = (fds, rounds) => {
  const shorts = new Int16Array(ENTRY * fds.length);
  const ints = new Int32Array(shorts.buffer);
  for (const [i, fd] of fds.entries()) {
    ints[(ENTRY * i) / 2] = fd;
    shorts[ENTRY * i + EVENTS] = POLLIN;
  }
  const bytes = new Uint8Array(shorts.buffer);
  let ready: [number, number][] = [];
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) {
    let left = poll(bytes, fds.length, 0);
    ready = [];
    for (let i = 0; left > 0; i += ENTRY) {
      const revents = shorts[i + REVENTS] as number;
      if (revents === 0) continue;
      left--;
      ready.push([ints[i / 2] as number, revents]);
    }
  }
  return { ns: since(start, rounds), found: ready.length };
};
