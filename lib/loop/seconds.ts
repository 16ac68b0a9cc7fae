/** Times in seconds: their check, and how a timer shows its own. */
import { rangeError, typeError } from '../values/index.js';

/**
 * @param name - that of the argument, for errors
 * @throws RangeError, TypeError for a value that is not a finite number from `min` on
 */
export function checkSeconds(seconds: unknown, min: number, name = 'seconds'): void {
  if (typeof seconds !== 'number') throw typeError(name, 'a number', seconds);
  if (Number.isFinite(seconds) && seconds >= min) return;
  const expected = min === 0 && seconds !== Infinity ? 'a non-negative number' : 'a finite number';
  throw rangeError(name, expected, seconds);
}

/** What is shown of a timer. */
export function timeOf(call: { getTime(): number | null; active(): boolean }): object {
  return { time: call.getTime(), active: call.active() };
}
