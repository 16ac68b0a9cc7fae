/** What all selectors are. */

import type { FileDescriptorLike } from '../values/index.js';
import {
  closedError,
  FOREVER,
  INSPECT,
  INT_MAX,
  KeyError,
  oneLine,
  selectorTimeout,
  shown,
  typeError,
  type View,
} from '../values/index.js';
import { type EventsOptions, POLLIN, POLLOUT, POLLPRI, type WaitOptions } from '../waits/index.js';
import { type Method, promised, RepeatedWait, WaitSlot, type Watcher } from '../waits/internal.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE, type SelectorKey } from './key.js';
import type { SelectorMap } from './map.js';

/** A key and the events of it that are ready. */
export type Ready<Data> = [key: SelectorKey<Data>, events: number];

/**
 * Waits until registered file objects are ready. The class of all selectors; to write one more,
 * extend it.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.BaseSelector
 */
export abstract class BaseSelector<Data = unknown> {
  /** The longest timeout that the call takes, in seconds: here that of poll and epoll. */
  protected readonly longest: number = INT_MAX / 1000;
  readonly #slot = new WaitSlot<Ready<Data>>();

  constructor() {
    if (new.target === BaseSelector) {
      throw typeError('BaseSelector', 'extended: it is abstract', new.target);
    }
  }

  /**
   * Watches a file object.
   *
   * @param fileobj - a file descriptor or an object that has one
   * @param events - EVENT_READ, EVENT_WRITE or both
   * @param data - comes back with the key; undefined by default
   * @throws RangeError for other events, or for what has no possible file descriptor
   * @throws TypeError for what has none at all
   * @throws KeyError `ERR_ALREADY_REGISTERED`; Error `ERR_CLOSED`
   * @throws OSError with EpollSelector: `EBADF`, `EPERM` for a regular file
   */
  abstract register(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data>;

  /**
   * Stops watching a file object, also one that is closed already: the object itself is known.
   *
   * @returns the key that it had
   * @throws KeyError `ERR_NOT_REGISTERED`; TypeError, RangeError; Error `ERR_CLOSED`
   */
  abstract unregister(fileobj: FileDescriptorLike): SelectorKey<Data>;

  /**
   * Waits until something registered is ready. Blocks the thread.
   *
   * @param timeout - **seconds**, rounded up; 0 and less return at once; undefined, null and
   *   Infinity wait for ever
   * @returns a new array with the key and the ready events of each that is ready; empty when the
   *   time is over
   * @throws TypeError, RangeError for a bad timeout; Error `ERR_CLOSED`
   */
  abstract select(timeout?: number | null): Ready<Data>[];

  /**
   * What is registered, as a live view that cannot be changed; null once the selector is closed.
   */
  abstract getMap(): SelectorMap<Data> | null;

  /**
   * Changes events and data of a registered file object; data that is not given becomes undefined.
   *
   * @returns the new key; where nothing changes, the one there is
   * @throws KeyError `ERR_NOT_REGISTERED`, and what {@link register} throws
   */
  modify(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    this.unregister(fileobj);
    return this.register(fileobj, events, data);
  }

  /**
   * The key of a registered file object.
   * @throws KeyError `ERR_NOT_REGISTERED`; TypeError, RangeError; Error `ERR_CLOSED`
   */
  getKey(fileobj: FileDescriptorLike): SelectorKey<Data> {
    const map = this.getMap();
    if (map === null) throw closedError('selector');
    const key = map.get(fileobj);
    if (key === undefined) throw new KeyError(fileobj);
    return key;
  }

  /**
   * As {@link select}, but does not block: timers, promises and everything else go on. Meanwhile
   * `register`, `modify` and `unregister` of this package's selectors take effect at once.
   *
   * @param timeout - seconds, as in {@link select}
   * @returns a promise of what {@link select} returns; rejected with what it throws, with
   *   `ERR_CONCURRENT_POLL` where one is pending already, with `ERR_CLOSED` when the selector is
   *   closed meanwhile, or with the signal's reason
   */
  selectAsync(timeout?: number | null, options?: WaitOptions): Promise<Ready<Data>[]> {
    return promised(() => {
      if (this.getMap() === null) throw closedError('selector');
      const seconds = selectorTimeout(timeout, this.longest);
      const milliseconds = seconds === null ? FOREVER : seconds * 1000;
      return this.#slot.wait(milliseconds, options, this.#method);
    });
  }

  /**
   * As {@link selectAsync}, without a promise: for event loops, which have a function to call.
   *
   * @param onReady - called with what {@link selectAsync} resolves to, never before this returns
   * @param onError - called with what it rejects with while it waits
   * @throws what {@link selectAsync} rejects with at once
   * @internal
   */
  startSelect(
    timeout: number | null | undefined,
    options: WaitOptions | undefined,
    onReady: (ready: Ready<Data>[]) => void,
    onError: (error: unknown) => void,
  ): void {
    if (this.getMap() === null) throw closedError('selector');
    if (typeof onReady !== 'function') throw typeError('onReady', 'a function', onReady);
    if (typeof onError !== 'function') throw typeError('onError', 'a function', onError);
    const seconds = selectorTimeout(timeout, this.longest);
    const milliseconds = seconds === null ? FOREVER : seconds * 1000;
    this.#slot.start(milliseconds, options, this.#method, { resolve: onReady, reject: onError });
  }

  /** The same as {@link events} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Ready<Data>[]> {
    return this.events();
  }

  /**
   * Iterates over what {@link selectAsync} gives, without end. To leave the loop (`break`, `return`,
   * `throw`, `stream.destroy()`) ends the wait that is going on.
   *
   * @param options - `timeout`: **seconds** that a step waits at the most, then it gives `[]`; by
   *   default for ever. `signal`: when it is aborted, the iteration is rejected with its reason
   */
  events(options?: EventsOptions): AsyncIterableIterator<Ready<Data>[]> {
    return new RepeatedWait(
      () => this.selectAsync(options?.timeout, options),
      () => this.#slot.pending,
    );
  }

  /** Forgets everything; every method throws `ERR_CLOSED` from then on. Idempotent. */
  close(): void {}

  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line: `PollSelector { 21: 'READ|WRITE' }`. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    const names = ['', 'READ', 'WRITE', 'READ|WRITE'];
    const keys = [...(this.getMap()?.values() ?? [])];
    const fields = Object.fromEntries(keys.map(({ fd, events }) => [fd, names[events]]));
    return shown(this.constructor.name, fields, view);
  }

  /** What is ready now, also while a `selectAsync` is pending. */
  protected selectNow(): Ready<Data>[] {
    return this.select(0);
  }

  /** The pending `selectAsync`. */
  protected get pending(): { fail(reason: unknown): void } | null {
    return this.#slot.pending;
  }

  /** Whether {@link watcher} hears of every change. */
  protected get tellsChanges(): boolean {
    return false;
  }

  /** What has to know of a change; null where the next `selectAsync` will ask. */
  protected get watcher(): Watcher | null {
    return this.#slot.watcher;
  }

  /** Ends what is kept for the next `selectAsync`. */
  protected endWatching(): void {
    this.#slot.close();
  }

  readonly #method: Method<Ready<Data>> = {
    look: () => this.selectNow(),
    watch: (watcher) => this.watchAll(watcher),
    tellsChanges: this.tellsChanges,
    watchesOnly: (fd) => this.watchesOnly?.(fd) === true,
  };

  /** Whether an fd is the only one registered, where the kernel keeps the set. */
  protected readonly watchesOnly: ((fd: number) => boolean) | undefined = undefined;

  /** What has to be watched for a `selectAsync`. */
  protected watchAll(wait: Watcher): void {
    for (const { fd, events } of this.getMap()?.values() ?? []) wait.watch(fd, pollEvents(events));
  }
}

/** A selector's events as poll and epoll ask for them. */
export function pollEvents(events: number): number {
  return (
    ((events & EVENT_READ) !== 0 ? POLLIN : 0) |
    ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0) |
    ((events & EVENT_EXCEPT) !== 0 ? POLLPRI : 0)
  );
}
