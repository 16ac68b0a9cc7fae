/** What a component yields in order to sleep. */

import { checkSeconds } from '../loop/internal.js';
import { rangeError, typeError } from '../values/index.js';

/** What the scheduler does with it: it continues the component at a time, and not before. */
export class Sleep {
  /** The time to wake up at, by that of now; both in seconds on the loop's clock. */
  readonly until: (now: number) => number;

  constructor(until: (now: number) => number) {
    this.until = until;
  }
}

/**
 * Sleeps; messages that arrive meanwhile wait. `this.pause(seconds)` is what they end.
 *
 * @param seconds - 0 or more; at least so many
 * @throws RangeError, TypeError for a time that is negative or not finite
 * @example
 * yield* sleep(0.5);
 */
export function* sleep(seconds: number): Generator<Sleep, void, unknown> {
  checkSeconds(seconds, 0);
  yield new Sleep((now) => now + seconds);
}

/**
 * A beat that does not drift: the n-th `yield* beat()` ends n times `seconds` after the first one
 * has begun, however long what is done in between takes. Beats that were missed are left out.
 *
 * @param seconds - more than 0
 * @throws RangeError, TypeError for a time that is not positive and finite
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
