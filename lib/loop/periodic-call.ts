/** `PeriodicCall`: calls a function periodically, without drift. */
import { showAs } from '../values/index.js';
import { timeOf } from './seconds.js';
import type { DelayedCall, Timers } from './timers.js';

/**
 * A function that is called once per period. Made by `EventLoop.callEvery`.
 * @platform POSIX
 */
export class PeriodicCall {
  readonly #timers: Timers;
  readonly #start: number;
  readonly #period: number;
  readonly #run: () => void;
  #count = 0;
  #next: DelayedCall | null = null;

  /** For `EventLoop` only. */
  constructor(timers: Timers, period: number, run: () => void) {
    this.#timers = timers;
    this.#start = timers.now();
    this.#period = period;
    this.#run = run;
    this.#schedule();
  }

  /** Stops the calls. Idempotent. */
  cancel(): void {
    this.#next?.cancel();
    this.#next = null;
  }

  /** @returns whether it will be called again */
  active(): boolean {
    return this.#next?.active() === true;
  }

  /** @returns the time of the next call, in seconds on the loop's clock; null: there is none */
  getTime(): number | null {
    return this.#next?.active() === true ? this.#next.getTime() : null;
  }

  static {
    showAs(PeriodicCall.prototype, 'PeriodicCall', timeOf);
  }

  readonly #fire = (): void => {
    this.#schedule(); // first, because the function may cancel this object, or throw
    this.#run();
  };

  /** Schedules the n-th call at start + n * period, even if the last one was late. */
  #schedule(): void {
    const passed = this.#timers.now() - this.#start;
    // Skips the calls that were missed because the computer slept or a callback took long.
    this.#count = Math.max(this.#count + 1, Math.ceil(passed / this.#period));
    this.#next = this.#timers.addAt(this.#start + this.#count * this.#period, this.#fire);
  }
}
