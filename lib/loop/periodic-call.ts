/** A function that is called again and again, at times that do not drift. */
import type { DelayedCall, Timers } from './timers.js';

/** A function that is called once in each period. Made by `EventLoop.callEvery`. */
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

  /** It is not called any more. Idempotent. */
  cancel(): void {
    this.#next?.cancel();
    this.#next = null;
  }

  /** Whether it will be called again. */
  active(): boolean {
    return this.#next?.active() === true;
  }

  /** When it will be called next, in seconds on the loop's clock; null: never. */
  getTime(): number | null {
    return this.#next?.active() === true ? this.#next.getTime() : null;
  }

  readonly #fire = (): void => {
    this.#schedule(); // first: it may cancel itself, or throw
    this.#run();
  };

  /** The n-th call is at start + n * period, however late the one before was. */
  #schedule(): void {
    const passed = this.#timers.now() - this.#start;
    // Those that were missed (the computer slept, a callback took long) are not made up for.
    this.#count = Math.max(this.#count + 1, Math.ceil(passed / this.#period));
    this.#next = this.#timers.addAt(this.#start + this.#count * this.#period, this.#fire);
  }
}
