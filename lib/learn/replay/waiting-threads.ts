/** Which thread's waits are shown: on the page and in the terminal. */
import type { Recording } from './format.js';
import { isWait, stepsOf } from './steps.js';

const cache = new WeakMap<Recording, ReadonlySet<number>>();

/** The main thread, if it waits; else all threads that do: the waiters of one listener. */
export function waitingThreads(recording: Recording): ReadonlySet<number> {
  const known = cache.get(recording);
  if (known !== undefined) return known;
  const all = new Set<number>();
  for (const { record } of stepsOf(recording)) if (isWait(record)) all.add(record.th);
  const found = all.size === 0 || all.has(0) ? new Set([0]) : all;
  cache.set(recording, found);
  return found;
}

/** The thread whose latest wait is shown after so many steps: the waiting thread that acted last. */
export function shownThread(recording: Recording, count: number): number {
  const threads = waitingThreads(recording);
  const steps = stepsOf(recording);
  for (let n = count - 1; n >= 0 && threads.size > 1; n--) {
    const th = steps[n]?.record.th;
    if (th !== undefined && threads.has(th)) return th;
  }
  return Math.min(...threads);
}
