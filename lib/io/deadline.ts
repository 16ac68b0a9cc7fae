/** The deadline of a call, in the units that its parts need. */
import { now } from '../native/index.js';
import { FOREVER, socketTimeout, toOptions } from '../values/index.js';

/**
 * How long a call that always finds data may continue after its deadline, in milliseconds: so with a
 * timeout of 0 it takes the data that exists.
 */
const GRACE_MS = 10;

/** Options that all calls here have. */
export interface TimeoutOptions {
  /**
   * **Seconds** until the call fails with `ETIMEDOUT`. 0: it does not wait. Default, null and Infinity:
   * no limit.
   */
  timeout?: number | null | undefined;
}

export class Deadline {
  readonly #end: number;

  /** @throws TypeError, RangeError for invalid options or an invalid timeout */
  constructor(options: TimeoutOptions) {
    const seconds = socketTimeout('timeout', toOptions(options).timeout);
    this.#end = seconds === null ? Infinity : now() + seconds * 1000;
  }

  /** The remaining time in whole milliseconds; 0 after the deadline; negative: no limit. */
  get left(): number {
    if (this.#end === Infinity) return FOREVER;
    return Math.min(Math.max(Math.ceil(this.#end - now()), 0), Number.MAX_SAFE_INTEGER);
  }

  /** Whether even a call that need not wait must end. */
  get isOver(): boolean {
    return now() >= this.#end + GRACE_MS;
  }
}
