/** Calls that wait for their time, which can be cancelled once only. */
import type { DelayedCall, EventLoop } from '../loop/index.js';
import { AlreadyCalled, AlreadyCancelled } from './errors.js';

/** The reactor that a call belongs to. */
export interface CallOwner {
  readonly loop: EventLoop;
  /** Whether calls are made now: those that become due meanwhile are held until `release`. */
  mayCall(): boolean;
  /** It was called or cancelled. */
  ended(call: ReactorCall): void;
}

/**
 * A function that will be called at its time. Made by `Reactor.callLater`. The loop's own is silent
 * when it is cancelled twice; Twisted's, which this mirrors (`IDelayedCall`), is not.
 */
export class ReactorCall {
  readonly #owner: CallOwner;
  readonly #callback: () => void;
  #call: DelayedCall;
  #state: 'waiting' | 'held' | 'called' | 'cancelled' = 'waiting';

  /** For `Reactor` only. */
  constructor(owner: CallOwner, seconds: number, callback: () => void) {
    this.#owner = owner;
    this.#callback = callback;
    this.#call = owner.loop.callLater(seconds, this.#fire);
  }

  /**
   * The call will not happen.
   * @throws AlreadyCalled, also from within the call; AlreadyCancelled
   */
  cancel(): void {
    this.#checkActive();
    this.#state = 'cancelled';
    this.#call.cancel();
    this.#owner.ended(this);
  }

  /**
   * The call happens in `seconds` from now.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError as `Reactor.callLater`
   */
  reset(seconds: number): void {
    this.#checkActive();
    if (this.#state === 'held') this.#call = this.#owner.loop.callLater(seconds, this.#fire);
    else this.#call.reset(seconds);
    this.#state = 'waiting';
  }

  /**
   * The call happens `seconds` later than it would, or earlier where they are negative.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError for a value that is not a finite number
   */
  delay(seconds: number): void {
    this.#checkActive();
    this.release();
    this.#call.delay(seconds);
  }

  /** Whether the call is still to come. */
  active(): boolean {
    return this.#state === 'waiting' || this.#state === 'held';
  }

  /** Its time, in seconds on the reactor's clock; see `Reactor.seconds`. */
  getTime(): number {
    return this.#call.getTime();
  }

  /** What was held is due now; for `Reactor` only. */
  release(): void {
    if (this.#state === 'held') this.reset(0);
  }

  readonly #fire = (): void => {
    if (!this.#owner.mayCall()) {
      this.#state = 'held';
      return;
    }
    this.#state = 'called';
    this.#owner.ended(this);
    this.#callback();
  };

  #checkActive(): void {
    if (this.#state === 'cancelled') throw new AlreadyCancelled();
    if (this.#state === 'called') throw new AlreadyCalled();
  }
}
