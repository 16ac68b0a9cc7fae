/** Calls that wait for their time, which can be cancelled once only. */
import type { DelayedCall as LoopCall } from '../loop/timers.js';
import { AlreadyCalled, AlreadyCancelled } from './errors.js';

/**
 * A function that will be called at its time. Made by `Reactor.callLater`. The loop's own is silent
 * when it is cancelled twice; Twisted's, which this mirrors (`IDelayedCall`), is not.
 */
export class DelayedCall {
  readonly #call: LoopCall;
  readonly #onCancel: () => void;
  #isCancelled = false;

  /** For `Reactor` only. */
  constructor(call: LoopCall, onCancel: () => void) {
    this.#call = call;
    this.#onCancel = onCancel;
  }

  /**
   * The call will not happen.
   * @throws AlreadyCalled, also from within the call; AlreadyCancelled
   */
  cancel(): void {
    this.#checkActive();
    this.#isCancelled = true;
    this.#call.cancel();
    this.#onCancel();
  }

  /**
   * The call happens in `seconds` from now.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError as `Reactor.callLater`
   */
  reset(seconds: number): void {
    this.#checkActive();
    this.#call.reset(seconds);
  }

  /**
   * The call happens `seconds` later than it would, or earlier where they are negative.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError for what is no finite number
   */
  delay(seconds: number): void {
    this.#checkActive();
    this.#call.delay(seconds);
  }

  /** Whether the call is still to come. */
  active(): boolean {
    return this.#call.active();
  }

  /** Its time, in seconds on the reactor's clock; see `Reactor.seconds`. */
  getTime(): number {
    return this.#call.getTime();
  }

  #checkActive(): void {
    if (this.#isCancelled) throw new AlreadyCancelled();
    if (!this.active()) throw new AlreadyCalled();
  }
}
