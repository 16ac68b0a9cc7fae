/** Who is to be told of what on which file descriptor. */
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE } from '../selectors/key.js';

/** Readable, writable, or an exceptional condition: out-of-band data. */
export type LoopEvent = 'r' | 'w' | 'x';

/** Called when a watch's event has come. */
export type WatchCallback = (event: LoopEvent) => void;

/** In the order in which they are told: out-of-band data must be read before the rest. */
export const EVENTS: readonly (readonly [LoopEvent, number])[] = [
  ['x', EVENT_EXCEPT],
  ['r', EVENT_READ],
  ['w', EVENT_WRITE],
];

/** One interest in one event. Made by `EventLoop.watch` and `EventLoop.once`. */
export class Watch {
  readonly event: LoopEvent;
  /** The turn of the loop in which it was made: it is told from the next one on. */
  readonly turn: number;
  readonly #descriptor: Descriptor;
  #callback: WatchCallback | null;
  readonly #isOnce: boolean;
  #keepsLoop = true;

  /** For {@link Descriptor} only. */
  constructor(
    descriptor: Descriptor,
    event: LoopEvent,
    callback: WatchCallback,
    isOnce: boolean,
    turn: number,
  ) {
    this.#descriptor = descriptor;
    this.event = event;
    this.#callback = callback;
    this.#isOnce = isOnce;
    this.turn = turn;
  }

  /**
   * It is never told again, not even of an event that has come already. To be called before the
   * file descriptor is closed. Idempotent.
   */
  cancel(): void {
    if (this.#callback === null) return;
    this.#callback = null;
    this.#descriptor.remove(this);
  }

  /**
   * It does not keep the loop running: `run` returns when nothing but such watches is left. As
   * `unref` of Node's own handles.
   */
  unref(): this {
    this.#keepsLoop = false;
    this.#descriptor.changed();
    return this;
  }

  /** Undoes {@link unref}. */
  ref(): this {
    this.#keepsLoop = true;
    this.#descriptor.changed();
    return this;
  }

  hasRef(): boolean {
    return this.#keepsLoop;
  }

  /** Tells whoever watches; for the loop only. */
  tell(): void {
    const callback = this.#callback;
    if (this.#isOnce) this.cancel();
    callback?.(this.event);
  }
}

/**
 * All watches of one file, under its fd. When the last one is cancelled it is over, and whoever
 * watches the same number again is told by another one: so an event of a closed file never reaches
 * the next file with the same number.
 */
export class Descriptor {
  readonly fd: number;
  /** What the selector was told; 0: nothing. */
  registered = 0;
  /** A file that epoll refuses: readable and writable at any time. */
  isAlwaysReady = false;
  readonly #watches: Watch[] = [];
  readonly #onChange: (descriptor: Descriptor) => void;

  constructor(fd: number, onChange: (descriptor: Descriptor) => void) {
    this.fd = fd;
    this.#onChange = onChange;
  }

  add(event: LoopEvent, callback: WatchCallback, isOnce: boolean, turn: number): Watch {
    const watch = new Watch(this, event, callback, isOnce, turn);
    this.#watches.push(watch);
    this.#onChange(this);
    return watch;
  }

  remove(watch: Watch): void {
    const index = this.#watches.indexOf(watch);
    if (index < 0) return;
    this.#watches.splice(index, 1);
    this.#onChange(this);
  }

  /** A watch was changed. */
  changed(): void {
    this.#onChange(this);
  }

  /** Whether there is somebody for whom the loop has to run. */
  get keepsLoop(): boolean {
    return this.#watches.some((watch) => watch.hasRef());
  }

  /** The union of all interests. */
  get interest(): number {
    let interest = 0;
    for (const [event, bit] of EVENTS) {
      if (this.#watches.some((watch) => watch.event === event)) interest |= bit;
    }
    return interest;
  }

  /** The watches of some events, as they are now. */
  watching(events: number): Watch[] {
    return EVENTS.filter(([, bit]) => (events & bit) !== 0).flatMap(([event]) =>
      this.#watches.filter((watch) => watch.event === event),
    );
  }

  /** Cancels all watches, and says so once: the file may be closed, which makes a change fail. */
  drop(): void {
    for (const watch of this.#watches.splice(0)) watch.cancel();
    this.#onChange(this);
  }
}
