/** The watches of a loop: each connects an event of a file descriptor with a callback or an owner. */

import { observe } from '../native/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { EVENT_EXCEPT } from '../selectors/internal.js';
import { type FileDescriptorLike, fileno, type OSError, showAs } from '../values/index.js';
import type { Context } from './context.js';
import type { Descriptor } from './descriptor.js';

/** Readable, writable, or an exceptional condition: out-of-band data. */
export type LoopEvent = 'r' | 'w' | 'x';

/** Called with the `event` when it has occurred. An error that it throws is passed to `onError`. */
export type WatchCallback = (event: LoopEvent) => void;

/** An interest in one event. Made by `EventLoop.watch` and `EventLoop.once`. */
export interface Watch {
  /** 'r': readable; 'w': writable; 'x': exceptional. */
  readonly event: LoopEvent;
  /**
   * Stops calling the callback, even for an event that has already occurred. Call it before the file
   * descriptor is closed. Idempotent; never throws.
   */
  cancel(): void;
  /**
   * Does not keep the loop running: `run` returns if only such watches are left. As `unref` of Node's
   * own handles.
   * @returns itself
   */
  unref(): this;
  /**
   * Undoes {@link unref}.
   * @returns itself
   */
  ref(): this;
  /** @returns whether it keeps the loop running; at first it does */
  hasRef(): boolean;
}

/** The base class of watches. */
export abstract class LoopWatch {
  /** The bits of its events; 0 after it was cancelled. */
  interest: number;
  /** The turn in which it was made: it gets events from the next turn on. */
  readonly turn: number;
  /** The descriptor of its file; null until it is added. */
  descriptor: Descriptor | null = null;
  /**
   * The watch that was added after it. Not reset when this watch is removed, so that an iteration that
   * has reached it can continue.
   */
  next: LoopWatch | null = null;

  constructor(interest: number, turn: number) {
    this.interest = interest;
    this.turn = turn;
  }

  /**
   * Whether its source was closed or has another file descriptor: then events of the number belong to
   * another file. For a plain number, this cannot be checked.
   */
  abstract get isStale(): boolean;

  /** Whether it keeps the loop running. */
  abstract hasRef(): boolean;

  /** Runs the callback, unless it is cancelled. */
  abstract tell(bit: number): void;

  cancel(): void {
    if (this.interest === 0) return;
    this.interest = 0;
    this.descriptor?.remove(this);
  }

  /** It cannot be watched any more. */
  lose(error: OSError): void {
    void error;
    this.cancel();
  }
}

/** The watch of `EventLoop.watch` and `EventLoop.once`. */
export class CallbackWatch extends LoopWatch implements Watch {
  readonly event: LoopEvent;
  /** The watched file object. */
  readonly #source: FileDescriptorLike;
  readonly #isOnce: boolean;
  readonly #context: Context;
  #callback: WatchCallback | null;
  #keepsLoop = true;

  constructor(
    source: FileDescriptorLike,
    event: LoopEvent,
    callback: WatchCallback,
    isOnce: boolean,
    turn: number,
    context: Context,
  ) {
    super(event === 'r' ? EVENT_READ : event === 'w' ? EVENT_WRITE : EVENT_EXCEPT, turn);
    this.#source = source;
    this.event = event;
    this.#callback = callback;
    this.#isOnce = isOnce;
    this.#context = context;
  }

  override cancel(): void {
    this.#callback = null;
    super.cancel();
  }

  unref(): this {
    this.#keepsLoop = false;
    this.descriptor?.changed();
    return this;
  }

  ref(): this {
    this.#keepsLoop = true;
    this.descriptor?.changed();
    return this;
  }

  hasRef(): boolean {
    return this.#keepsLoop;
  }

  get isStale(): boolean {
    if (typeof this.#source === 'number') return false;
    try {
      return fileno(this.#source) !== this.descriptor?.fd;
    } catch {
      return true;
    }
  }

  tell(): void {
    const callback = this.#callback;
    if (this.#isOnce) this.cancel();
    if (callback !== null) this.#context.runInAsyncScope(callback, undefined, this.event);
  }

  static {
    observe(CallbackWatch.prototype, 'tell', ({ event, descriptor }) => ({
      what: `watch '${event}'`,
      fd: descriptor?.fd,
    }));
    showAs(CallbackWatch.prototype, 'Watch', ({ descriptor, interest, event }) => ({
      fd: interest === 0 ? -1 : descriptor?.fd,
      event,
    }));
  }
}

/** An object whose own file descriptor the loop watches. */
export interface WatchOwner {
  /** @returns its file descriptor; negative once it is closed */
  fileno(): number;
  /**
   * @param bit - EVENT_READ, EVENT_WRITE or EVENT_EXCEPT
   * @internal
   */
  onEvent(bit: number): void;
  /**
   * Called when other code has closed its file descriptor, or the selector has refused a change.
   * @internal
   */
  onUnwatched(error: OSError): void;
}

/**
 * One watch for all events of a file that belongs to one object: there may be thousands of these,
 * and what they watch changes often.
 */
export class OwnerWatch extends LoopWatch {
  readonly #owner: WatchOwner;

  constructor(owner: WatchOwner, interest: number, turn: number) {
    super(interest, turn);
    this.#owner = owner;
  }

  /** Watches other events from now on. 0 cancels it, and after that this does nothing. */
  change(interest: number): void {
    if (interest === this.interest || this.interest === 0) return;
    if (interest === 0) {
      this.cancel();
    } else {
      this.interest = interest;
      this.descriptor?.changed();
    }
  }

  hasRef(): boolean {
    return true;
  }

  get isStale(): boolean {
    return this.#owner.fileno() !== this.descriptor?.fd;
  }

  tell(bit: number): void {
    this.#owner.onEvent(bit);
  }

  static {
    observe(OwnerWatch.prototype, 'tell', (watch) => ({
      what: `${watch.#owner.constructor.name}.onEvent`,
      fd: watch.descriptor?.fd,
    }));
  }

  override lose(error: OSError): void {
    this.cancel();
    this.#owner.onUnwatched(error);
  }
}
