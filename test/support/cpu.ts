/** The time that a thread has waited for a CPU, which a busy machine adds to a test. */
import { readFileSync } from 'node:fs';

/**
 * Milliseconds that this thread has waited for a CPU since it began; 0 if the system does not say.
 * A test of times subtracts the difference, so that other processes do not make it fail.
 */
export function waitedForCpu(): number {
  try {
    // proc(5): the time on a CPU, the time in the run queue, in nanoseconds; how often it has run.
    const [, waited = '0'] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}
