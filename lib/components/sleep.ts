/** Sleeping: a component yields a `Sleep` to the scheduler. */

import { checkSeconds } from '../loop/internal.js';
import { rangeError, typeError } from '../values/index.js';

/** Tells the scheduler not to continue the component before a certain time. */
export class Sleep {
  /** Calculates the time to wake up from the current time; both in seconds of the loop's clock. */
  readonly until: (now: number) => number;

  constructor(until: (now: number) => number) {
    this.until = until;
  }
}

/**
 * Sleeps; messages that arrive meanwhile wait. To wake up for messages, use `this.pause(seconds)`.
 * Kamaelia has no such function.
 *
 * @param seconds - the least time to sleep, 0 or more
 * @returns what `main` yields, by `yield*`
 * @throws RangeError, TypeError for a time that is negative or not finite, when `main` yields it
 * @platform POSIX
 * @example
 * yield* sleep(0.5);
 */
export function* sleep(seconds: number): Generator<Sleep, void, unknown> {
  checkSeconds(seconds, 0);
  yield new Sleep((now) => now + seconds);
}

/**
 * A beat that does not drift: the n-th `yield* beat()` ends n times `seconds` after the beginning of
 * the first one, however long the work in between takes. Missed beats are left out.
 *
 * Kamaelia has no such function.
 * @param seconds - more than 0
 * @returns a function whose result `main` yields, by `yield*`
 * @throws RangeError, TypeError for a time that is not positive and finite
 * @platform POSIX
 * @example
 * const beat = every(0.1);
 * for (;;) {
 *   yield* beat();
 *   this.send(Date.now());
 * }
 */
export function every(seconds: number): () => Generator<Sleep, void, unknown> {
  if (typeof seconds !== 'number') throw typeError('seconds', 'a number', seconds);
  if (!(seconds > 0 && seconds < Infinity)) {
    throw rangeError('seconds', 'a positive number', seconds);
  }
  let start: number | null = null;
  let count = 0;
  const next = (now: number) => {
    start ??= now;
    count = Math.max(count + 1, Math.ceil((now - start) / seconds));
    return start + count * seconds;
  };
  return function* beat() {
    yield new Sleep(next);
  };
}
