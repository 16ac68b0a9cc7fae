/** Who is to be told of what on which file descriptor. */
import { type FileDescriptorLike, fileno } from '../fileno.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE } from '../selectors/key.js';

/** Readable, writable, or an exceptional condition: out-of-band data. */
export type LoopEvent = 'r' | 'w' | 'x';

/** Called when a watch's event has come. */
export type WatchCallback = (event: LoopEvent) => void;

/** What a watch is made of. */
export interface WatchRequest {
  source: FileDescriptorLike;
  event: LoopEvent;
  callback: WatchCallback;
  isOnce: boolean;
  /** The turn of the loop. */
  turn: number;
}

/** In the order in which they are told: out-of-band data must be read before the rest. */
export const EVENT_BITS: readonly number[] = [EVENT_EXCEPT, EVENT_READ, EVENT_WRITE];

/** An interest in one event. Made by `EventLoop.watch` and `EventLoop.once`. */
export interface Watch {
  readonly event: LoopEvent;
  /**
   * It is never told again, not even of an event that has come already. To be called before the
   * file descriptor is closed. Idempotent; never throws.
   */
  cancel(): void;
  /**
   * It does not keep the loop running: `run` returns when nothing but such watches is left. As
   * `unref` of Node's own handles.
   * @returns itself
   */
  unref(): this;
  /**
   * Undoes {@link unref}.
   * @returns itself
   */
  ref(): this;
  /** Whether it keeps the loop running. */
  hasRef(): boolean;
}

/** A watch as the loop knows it. */
export class LoopWatch implements Watch {
  readonly bit: number;
  /** The turn of the loop in which it was made: it is told from the next one on. */
  readonly turn: number;
  /**
   * The one that was made after it. It stays when this one is removed: whoever stands here while
   * they are told still finds the others.
   */
  next: LoopWatch | null = null;
  readonly #descriptor: Descriptor;
  /** What it was made for, where that is more than a number. */
  readonly #source: FileDescriptorLike | null;
  readonly #isOnce: boolean;
  #callback: WatchCallback | null;
  #keepsLoop = true;

  constructor(descriptor: Descriptor, { source, event, callback, isOnce, turn }: WatchRequest) {
    this.#descriptor = descriptor;
    this.#source = typeof source === 'number' ? null : source;
    this.bit = event === 'r' ? EVENT_READ : event === 'w' ? EVENT_WRITE : EVENT_EXCEPT;
    this.#callback = callback;
    this.#isOnce = isOnce;
    this.turn = turn;
  }

  get event(): LoopEvent {
    if (this.bit === EVENT_READ) return 'r';
    return this.bit === EVENT_WRITE ? 'w' : 'x';
  }

  cancel(): void {
    if (this.#callback === null) return;
    this.#callback = null;
    this.#descriptor.remove(this);
  }

  unref(): this {
    return this.#setRef(false);
  }

  ref(): this {
    return this.#setRef(true);
  }

  hasRef(): boolean {
    return this.#keepsLoop;
  }

  #setRef(keepsLoop: boolean): this {
    this.#keepsLoop = keepsLoop;
    if (this.#callback !== null) this.#descriptor.changed();
    return this;
  }

  /**
   * Whether its source was closed, or has another file descriptor now: then an event of the number
   * is somebody else's. Of a plain number nobody knows.
   */
  get isStale(): boolean {
    if (this.#source === null) return false;
    try {
      return fileno(this.#source) !== this.#descriptor.fd;
    } catch {
      return true;
    }
  }

  /** Tells whoever watches; nothing where it was cancelled. */
  tell(): void {
    const callback = this.#callback;
    if (callback === null) return;
    if (this.#isOnce) this.cancel();
    callback(this.event);
  }
}

/**
 * All watches of one file, under its fd. When the last one is cancelled it is over, and whoever
 * watches the same number again is told by another one: so an event of a closed file never reaches
 * the next file with the same number.
 */
export class Descriptor {
  readonly fd: number;
  /** The union of all interests. */
  interest = 0;
  /** Whether there is a watch for which the loop has to run. */
  keepsLoop = false;
  /** Whether the loop counts it among those. */
  isCounted = false;
  /** What the selector was told; 0: nothing. */
  registered = 0;
  /** A file that epoll refuses: readable and writable at any time. */
  isAlwaysReady = false;
  /** The file was closed without cancelling; the number may be another one's. */
  isGone = false;
  /** The watches, linked in the order in which they were made. */
  first: LoopWatch | null = null;
  readonly #onChange: (descriptor: Descriptor) => void;

  /** @param onChange - is called when `interest` or `keepsLoop` may have changed */
  constructor(fd: number, onChange: (descriptor: Descriptor) => void) {
    this.fd = fd;
    this.#onChange = onChange;
  }

  /** Adds a watch and nothing else: it is the caller who says so to the selector. */
  add(watch: LoopWatch): void {
    if (this.first === null) {
      this.first = watch;
    } else {
      let last = this.first;
      while (last.next !== null) last = last.next;
      last.next = watch;
    }
    this.#sum();
  }

  remove(watch: LoopWatch): void {
    this.unlink(watch);
    this.#onChange(this);
  }

  /** Undoes {@link add}. */
  unlink(watch: LoopWatch): void {
    if (this.first === watch) {
      this.first = watch.next;
    } else {
      let before = this.first;
      while (before !== null && before.next !== watch) before = before.next;
      if (before !== null) before.next = watch.next;
    }
    this.#sum();
  }

  /** A watch was changed. */
  changed(): void {
    this.#sum();
    this.#onChange(this);
  }

  /** Cancels all watches, and says so once. */
  drop(): void {
    const first = this.first;
    this.first = null;
    this.#sum();
    this.#onChange(this);
    for (let watch = first; watch !== null; watch = watch.next) watch.cancel();
  }

  /** Whether the file of a watch was closed; then it was that of all. */
  get isStale(): boolean {
    for (let watch = this.first; watch !== null; watch = watch.next) {
      if (watch.isStale) return true;
    }
    return false;
  }

  #sum(): void {
    this.interest = 0;
    this.keepsLoop = false;
    for (let watch = this.first; watch !== null; watch = watch.next) {
      this.interest |= watch.bit;
      this.keepsLoop ||= watch.hasRef();
    }
  }
}
