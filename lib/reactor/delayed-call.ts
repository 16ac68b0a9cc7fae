/** `ReactorCall`: a delayed call of the reactor, with Twisted's errors. */
import type { DelayedCall, EventLoop } from '../loop/index.js';
import { timeOf } from '../loop/internal.js';
import { showAs } from '../values/index.js';
import { AlreadyCalled, AlreadyCancelled } from './errors.js';

/** The members of the reactor that a call uses. */
export interface CallOwner {
  readonly loop: EventLoop;
  /** Whether calls may be made now; otherwise calls that become due are held until `release`. */
  mayCall(): boolean;
  /** Called when the call was made or cancelled. */
  ended(call: ReactorCall): void;
}

/**
 * A function that will be called at its time. Made by `Reactor.callLater`. Mirrors Twisted's
 * `IDelayedCall`, which throws if it is cancelled twice; the loop's own does not.
 * @platform POSIX
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

  static {
    showAs(ReactorCall.prototype, 'DelayedCall', timeOf);
  }

  /**
   * Cancels the call.
   * @throws AlreadyCalled, also within the call; AlreadyCancelled
   */
  cancel(): void {
    this.#checkActive();
    this.#state = 'cancelled';
    this.#call.cancel();
    this.#owner.ended(this);
  }

  /**
   * Moves the call to `seconds` from now.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError as `Reactor.callLater`
   */
  reset(seconds: number): void {
    this.#checkActive();
    if (this.#state === 'held') this.#call = this.#owner.loop.callLater(seconds, this.#fire);
    else this.#call.reset(seconds);
    this.#state = 'waiting';
  }

  /**
   * Delays the call by `seconds`, which may be negative.
   * @throws AlreadyCalled, AlreadyCancelled; RangeError, TypeError for a value that is not a finite number
   */
  delay(seconds: number): void {
    this.#checkActive();
    this.release();
    this.#call.delay(seconds);
  }

  /** Whether the call is pending. */
  active(): boolean {
    return this.#state === 'waiting' || this.#state === 'held';
  }

  /** Its time, in seconds on the reactor's clock; see `Reactor.seconds`. */
  getTime(): number {
    return this.#call.getTime();
  }

  /** Makes a held call in the next turn, in the order of their times. Only for `Reactor`. */
  release(): void {
    if (this.#state !== 'held') return;
    const time = this.#call.getTime();
    this.reset(0);
    this.#call.delay(time - this.#call.getTime());
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
