/** The base class of all selectors. */

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

/** A key and its ready events. */
export type Ready<Data> = [key: SelectorKey<Data>, events: number];

/**
 * Waits until registered file objects are ready. The base class of all selectors; extend it to write
 * another one.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.BaseSelector
 * @platform POSIX
 */
export abstract class BaseSelector<Data = unknown> {
  /** The longest timeout of the system call, in seconds: here that of poll and epoll. */
  protected readonly longest: number = INT_MAX / 1000;
  readonly #slot = new WaitSlot<Ready<Data>>();

  /** @throws TypeError for `new BaseSelector()`: it is abstract */
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
   * @param data - returned with the key; default undefined
   * @returns the key
   * @throws RangeError for other events, or for an invalid file descriptor
   * @throws TypeError for an object without a file descriptor
   * @throws KeyError `ERR_ALREADY_REGISTERED`; Error `ERR_CLOSED` if the selector is closed
   * @throws OSError with EpollSelector: `EBADF`, `EPERM` for a regular file
   */
  abstract register(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data>;

  /**
   * Stops watching a file object. A closed object is found by its identity.
   *
   * @param fileobj - the registered object or its file descriptor
   * @returns its former key
   * @throws KeyError `ERR_NOT_REGISTERED`; TypeError, RangeError; Error `ERR_CLOSED`
   */
  abstract unregister(fileobj: FileDescriptorLike): SelectorKey<Data>;

  /**
   * Waits until something registered is ready. Blocks the thread.
   *
   * @param timeout - **seconds**, rounded up; 0 and less return at once; undefined, null and
   *   Infinity wait without a limit
   * @returns a new array with the key and the ready events of each ready file object; empty when the
   *   time is over
   * @throws TypeError, RangeError for a bad timeout; OSError of the system call, such as `EBADF` of
   *   select(2) for a closed file; Error `ERR_CLOSED` if the selector is closed, `ERR_CONCURRENT_POLL`
   *   while a `selectAsync` is pending (not with EpollSelector)
   */
  abstract select(timeout?: number | null): Ready<Data>[];

  /**
   * A live, read-only view of the registered file objects; null once the selector is closed.
   * @returns the view, in the order of the registrations
   */
  abstract getMap(): SelectorMap<Data> | null;

  /**
   * Changes events and data of a registered file object; without `data` they become undefined.
   *
   * @param fileobj - the registered object or its file descriptor
   * @param events - EVENT_READ, EVENT_WRITE or both
   * @returns the new key; if nothing changes, the existing one
   * @throws KeyError `ERR_NOT_REGISTERED`, and the errors of {@link register}
   */
  modify(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    this.unregister(fileobj);
    return this.register(fileobj, events, data);
  }

  /**
   * The key of a registered file object.
   * @param fileobj - the registered object or its file descriptor
   * @returns the key
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
   * As {@link select}, but does not block: timers and promises continue. Meanwhile `register`,
   * `modify` and `unregister` of this package's selectors take effect at once.
   *
   * @param timeout - seconds, as in {@link select}
   * @param options - `signal`: ends the wait when it is aborted
   * @returns a promise for the result of {@link select}; rejected with its errors, with
   *   `ERR_CONCURRENT_POLL` if another call is pending, with `ERR_CLOSED` if the selector is closed
   *   meanwhile, or with the signal's reason
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
   * As {@link selectAsync}, with callbacks instead of a promise: for event loops.
   *
   * @param onReady - gets the result of {@link selectAsync}, never before this returns
   * @param onError - gets errors that happen during the wait
   * @throws the errors that {@link selectAsync} has at once
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

  /** {@link events} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Ready<Data>[]> {
    return this.events();
  }

  /**
   * Iterates over the results of repeated {@link selectAsync}, without end. Leaving the loop
   * (`break`, `return`, `throw`, `stream.destroy()`) ends the pending wait.
   *
   * @param options - `timeout`: the **seconds** after which a step gives `[]`; default: no limit.
   *   `signal`: if it is aborted, the iteration is rejected with its reason
   * @returns an iterator over the results; a step is rejected with the errors of {@link selectAsync}
   */
  events(options?: EventsOptions): AsyncIterableIterator<Ready<Data>[]> {
    return new RepeatedWait(
      () => this.selectAsync(options?.timeout, options),
      () => this.#slot.pending,
    );
  }

  /** Removes all registrations; from then on every method throws `ERR_CLOSED`. Idempotent. */
  close(): void {}

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line: `PollSelector { 21: 'READ|WRITE' }`. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    const names = ['READ', 'WRITE', 'EXCEPT'];
    const shownEvents = (events: number) => names.filter((_, bit) => events & (1 << bit)).join('|');
    const keys = [...(this.getMap()?.values() ?? [])];
    const fields = Object.fromEntries(keys.map(({ fd, events }) => [fd, shownEvents(events)]));
    return shown(this.constructor.name, fields, view);
  }

  /** The file objects that are ready now, even while a `selectAsync` is pending. */
  protected selectNow(): Ready<Data>[] {
    return this.select(0);
  }

  /** The pending `selectAsync`. */
  protected get pending(): {
    /** Rejects its promise. */
    fail(reason: unknown): void;
  } | null {
    return this.#slot.pending;
  }

  /** Whether {@link watcher} gets every change. */
  protected get tellsChanges(): boolean {
    return false;
  }

  /** The watcher that must get changes; null if the next `selectAsync` will look for them. */
  protected get watcher(): Watcher | null {
    return this.#slot.watcher;
  }

  /** Closes the watcher that is kept for the next `selectAsync`. */
  protected endWatching(): void {
    this.#slot.close();
  }

  readonly #method: Method<Ready<Data>> = {
    look: () => this.selectNow(),
    watch: (watcher) => this.watchAll(watcher),
    tellsChanges: this.tellsChanges,
    watchesOnly: (fd) => this.watchesOnly?.(fd) === true,
  };

  /** Whether an fd is the only registered one; only if the kernel keeps the set. */
  protected readonly watchesOnly: ((fd: number) => boolean) | undefined = undefined;

  /** Watches all file descriptors for a `selectAsync`. */
  protected watchAll(wait: Watcher): void {
    for (const { fd, events } of this.getMap()?.values() ?? []) wait.watch(fd, pollEvents(events));
  }
}

/** Translates a selector's events to those of poll and epoll. */
export function pollEvents(events: number): number {
  return (
    ((events & EVENT_READ) !== 0 ? POLLIN : 0) |
    ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0) |
    ((events & EVENT_EXCEPT) !== 0 ? POLLPRI : 0)
  );
}
