/** The end of a call's time, in the units that its parts need. */
import { now } from '../native/index.js';
import { FOREVER, socketTimeout, typeError } from '../values/index.js';

/**
 * How long a call that always finds something may go on after its time is over, in milliseconds: with
 * a timeout of 0 it takes what there is.
 */
const GRACE_MS = 10;

/** Options that all calls here have. */
export interface TimeoutOptions {
  /**
   * Seconds until the call fails with `ETIMEDOUT`. 0: it does not wait; undefined, null or Infinity:
   * it waits for as long as it takes.
   */
  timeout?: number | null | undefined;
}

export class Deadline {
  readonly #end: number;

  /** @throws TypeError, RangeError for invalid options or an invalid timeout */
  constructor(options: TimeoutOptions) {
    if (typeof options !== 'object' || options === null) {
      throw typeError('options', 'an object', options);
    }
    const seconds = socketTimeout('timeout', options.timeout);
    this.#end = seconds === null ? Infinity : now() + seconds * 1000;
  }

  /** Milliseconds that are left, whole ones; 0 when it is over; negative: for ever. */
  get left(): number {
    if (this.#end === Infinity) return FOREVER;
    return Math.min(Math.max(Math.ceil(this.#end - now()), 0), Number.MAX_SAFE_INTEGER);
  }

  /** Whether also what need not wait has to end. */
  get isOver(): boolean {
    return now() >= this.#end + GRACE_MS;
  }
}
