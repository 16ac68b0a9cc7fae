/**
 * echo-async in a process that does something else too: a timer of 1 ms, which notes the gaps between
 * its ticks. Time in which the thread waited for a CPU is not counted, nor time that the host of a
 * virtual machine took: other processes cause these. Over IPC: "begin" drops the earlier
 * gaps, "report" asks for the new ones.
 */
import { readFileSync } from 'node:fs';

const { serve } = await import(new URL('../../dist/servers/echo-async.js', import.meta.url).href);

/** Longer than a tick, but too short to be called "blocked". */
const SHORT_MS = 20;

/** Milliseconds: all gaps, and those that are not short. */
let time = 0;
let blocked = 0;
let ticks = 0;
let last = now();

/** Milliseconds on a clock that stands still while this thread could run and has no CPU. */
function now() {
  const [, waitedNs] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
  return performance.now() - Number(waitedNs) / 1e6 - stolen();
}

/** Milliseconds that the host has taken from all CPUs; /proc/stat counts hundredths of a second. */
function stolen() {
  const [, , , , , , , , steal] = readFileSync('/proc/stat', 'latin1').split(/\s+/, 9);
  return 10 * Number(steal);
}

setInterval(() => {
  const tick = now();
  const gap = tick - last;
  time += gap;
  if (gap > SHORT_MS) blocked += gap;
  ticks++;
  last = tick;
}, 1);

process.on('message', (message) => {
  if (message === 'report') process.send({ time, blocked, ticks });
  time = 0;
  blocked = 0;
  ticks = 0;
  last = now();
});

await serve({ host: '127.0.0.1', port: 0, quiet: true, hint: false });
process.exit(0);
