/** Python's `select.epoll()`: a set of file descriptors that the kernel keeps (Linux). */

import { type NativeBinding, native, readFileSync } from '../native/index.js';
import {
  check,
  closedError,
  epollTimeout,
  eventNames,
  type FileDescriptorLike,
  fileno,
  INSPECT,
  INT_MAX,
  integer,
  OSError,
  oneLine,
  rangeError,
  shown,
  type View,
} from '../values/index.js';
import type { WaitOptions } from './abort.js';
import { type EventsOptions, RepeatedWait } from './async-iterator.js';
import { promised } from './at-once.js';
import { closeAndWake } from './closing.js';
import { EPOLL_CLOEXEC, EPOLLIN, EPOLLOUT, EPOLLPRI, POLLIN } from './constants.js';
import { EpollMemory, type Pair } from './epoll-memory.js';
import { FdSet } from './fd-set.js';
import { roomForPairs } from './pairs.js';
import { WaitSlot } from './wait-slot.js';
import { unhindered } from './waiter.js';

// The operations of native.controlEpoll.
const ADD = 0;
const MODIFY = 1;
const DELETE = 2;

const EINVAL = 22;

/** Constants, so that V8's optimizing compiler knows which function is called. */
const { createEpoll: create, controlEpoll: control } = native as Required<NativeBinding>;

/** `maxevents`: all events. */
const UNLIMITED = -1;

/**
 * A set of file descriptors, each with the events for which it is watched, in the kernel. The cost of
 * a wait depends on how many are ready, not on how many are registered.
 *
 * A `poll` and a `pollAsync` may wait at the same time. The set is closed by `close()` or `using`,
 * never by the garbage collector. When a file descriptor is closed, the kernel removes it from the
 * set, unless a duplicate is open; so `unregister` it before.
 *
 * Mirrors https://docs.python.org/3/library/select.html#edge-and-level-trigger-polling-epoll-objects
 * and epoll(7).
 * @platform Linux
 */
export class Epoll {
  #fd: number;
  /** The fds registered by this object; another object may have registered more in the same set. */
  readonly #registered = new FdSet();
  readonly #memory = new EpollMemory();
  readonly #slot = new WaitSlot<Pair>();

  /** The same as {@link epoll}; with `fd`, the same as {@link Epoll.fromfd}. */
  constructor(sizehint = -1, flags = 0, fd?: number) {
    const hint = integer('sizehint', sizehint, -INT_MAX - 1, INT_MAX);
    if (hint !== -1 && hint <= 0) throw rangeError('sizehint', 'positive or -1', sizehint);
    const bits = integer('flags', flags, -INT_MAX - 1, INT_MAX);
    if (bits !== 0 && bits !== EPOLL_CLOEXEC) throw new OSError(EINVAL, 'epoll_create1');
    this.#fd = fd === undefined ? check(create(), 'epoll_create1') : native.adoptFd(fd);
  }

  /**
   * An object for an existing epoll file descriptor. The object owns it: closing the object closes
   * it. If it is not an epoll file descriptor, the first use throws.
   *
   * @throws TypeError, RangeError for a value that is not a non-negative integer
   */
  static fromfd(fd: number): Epoll {
    return new Epoll(-1, 0, integer('fd', fd, 0, INT_MAX));
  }

  /** Whether `close()` has been called. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /**
   * The epoll file descriptor; it is readable while a registered file descriptor is ready.
   * @throws Error `ERR_CLOSED`
   */
  fileno(): number {
    if (this.#fd < 0) throw closedError('epoll object');
    return this.#fd;
  }

  /**
   * Closes the epoll file descriptor; a pending `pollAsync` is rejected with `ERR_CLOSED`.
   * Idempotent.
   */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeAndWake(fd, 'epoll object');
    this.#slot.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line: `Epoll { 21: 'IN', fd: 20 }`. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    const fields: Record<string, unknown> = { fd: this.#fd };
    for (const [fd, events] of this.#fd < 0 ? [] : registeredIn(this.#fd)) {
      fields[fd] = eventNames('epoll', events);
    }
    return shown('Epoll', fields, view);
  }

  /**
   * Watches a file descriptor.
   *
   * @param eventmask - bits of EPOLLIN, EPOLLPRI, EPOLLOUT, …, and of EPOLLET, EPOLLONESHOT,
   *   EPOLLEXCLUSIVE. As in Python, an integer of any size, whose low 32 bits are used: in JavaScript
   *   `EPOLLIN | EPOLLET` is negative, which is fine
   * @throws OSError `EEXIST` if it is registered, `EBADF` if it is not open, `EPERM` for a regular
   *   file or directory, `EINVAL`, `ELOOP`, `ENOSPC`, `ENOMEM`
   * @throws TypeError, RangeError for bad arguments; Error `ERR_CLOSED`
   */
  register(fd: FileDescriptorLike, eventmask: number = EPOLLIN | EPOLLPRI | EPOLLOUT): void {
    const number = fileno(fd);
    this.#control(ADD, number, maskBits(eventmask));
    this.#registered.add(number);
  }

  /**
   * Changes the mask of a registered file descriptor; with EPOLLONESHOT, enables it again.
   *
   * @param eventmask - as in {@link register}
   * @throws OSError `ENOENT` if it is not registered, `EBADF`, `EINVAL`
   * @throws TypeError, RangeError for bad arguments; Error `ERR_CLOSED`
   */
  modify(fd: FileDescriptorLike, eventmask: number): void {
    this.#control(MODIFY, fileno(fd), maskBits(eventmask));
  }

  /**
   * Stops watching a file descriptor.
   *
   * @throws OSError `ENOENT` if it is not registered, `EBADF` if it is not open
   * @throws TypeError, RangeError if `fd` is not a file descriptor; Error `ERR_CLOSED`
   */
  unregister(fd: FileDescriptorLike): void {
    const number = fileno(fd);
    this.#registered.delete(number);
    this.#control(DELETE, number, 0);
  }

  /**
   * Waits until a registered file descriptor has an event. Blocks the thread.
   *
   * @param timeout - **seconds**, rounded up to milliseconds; 0 returns at once; undefined, null,
   *   Infinity and negative numbers wait for ever (but those above -0.001 become 0)
   * @param maxevents - the most events to return; -1: all. The next call returns the others: the
   *   kernel takes turns
   * @returns a new array with a pair [fd, events] for each that has events, in the kernel's order;
   *   empty after the timeout
   * @throws TypeError, RangeError for bad arguments; Error `ERR_CLOSED`
   * @throws OSError such as `EBADF` if other code has closed the epoll file descriptor
   */
  poll(timeout?: number | null, maxevents = UNLIMITED): [fd: number, events: number][] {
    const count = integer('maxevents', maxevents, -INT_MAX - 1, INT_MAX);
    const fd = this.fileno();
    const milliseconds = epollTimeout(timeout);
    return this.#poll(fd, milliseconds, maxEvents(count));
  }

  /**
   * As {@link poll}, but writes fd, events, fd, events, … to an array and allocates nothing. If more
   * are ready than fit, the next calls return the others.
   *
   * @param events - of length 2 or more; may use a SharedArrayBuffer
   * @param timeout - seconds, as in {@link poll}
   * @returns how many pairs were written
   * @throws RangeError if the array is too short, and the errors of {@link poll}
   */
  pollInto(events: Int32Array, timeout?: number | null): number {
    const fd = this.fileno();
    const room = roomForPairs(events);
    const milliseconds = epollTimeout(timeout);
    const found = this.#memory.wait(fd, milliseconds, Math.min(room, this.#makeRoom()));
    this.#memory.copy(found, events);
    return found;
  }

  /**
   * As {@link poll}, but does not block: timers, promises and everything else continue.
   *
   * @param timeout - seconds, as in {@link poll}
   * @param maxevents - as in {@link poll}
   * @returns a promise for the result of {@link poll}; rejected with its errors, with
   *   `ERR_CONCURRENT_POLL` if another `pollAsync` is pending, with `ERR_CLOSED` when the object is
   *   closed, or with the signal's reason
   */
  pollAsync(
    timeout?: number | null,
    maxevents = UNLIMITED,
    options?: WaitOptions,
  ): Promise<[fd: number, events: number][]> {
    return promised(() => {
      const count = integer('maxevents', maxevents, -INT_MAX - 1, INT_MAX);
      const fd = this.fileno();
      const milliseconds = epollTimeout(timeout);
      const limit = maxEvents(count);
      return this.#slot.wait(milliseconds, options, {
        look: () => this.#poll(this.fileno(), 0, limit),
        watch: (watcher) => watcher.watch(fd, POLLIN, true),
        tellsChanges: true,
        watchesOnly: this.#watchesOnly,
      });
    });
  }

  /** The same as {@link events} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[fd: number, events: number][]> {
    return this.events();
  }

  /**
   * Iterates over the results of {@link pollAsync}, without end. Leaving the loop (`break`, `return`,
   * `throw`, `stream.destroy()`) ends the pending wait.
   *
   * @param options - `timeout`: **seconds** after which a step yields `[]`; default: never. `signal`:
   *   when it is aborted, the iteration is rejected with its reason
   */
  events(options?: EventsOptions): AsyncIterableIterator<[fd: number, events: number][]> {
    return new RepeatedWait(
      () => this.pollAsync(options?.timeout, UNLIMITED, options),
      () => this.#slot.pending,
    );
  }

  readonly #watchesOnly = (fd: number): boolean =>
    this.#registered.size === 1 && this.#registered.has(fd);

  #control(operation: number, fd: number, events: number): void {
    const set = this.fileno();
    let result = control(set, operation, fd, events);
    if (result < 0) result = unhindered(result, () => control(set, operation, fd, events));
    check(result, 'epoll_ctl');
  }

  #poll(fd: number, milliseconds: number, limit: number): Pair[] {
    const memory = this.#memory;
    const room = Math.min(limit, this.#makeRoom());
    const found = memory.wait(fd, milliseconds, room);
    const answer = memory.pairs(found);
    return found === room && room < limit ? memory.rest(fd, answer, limit) : answer;
  }

  /** Room for one more than are registered: if it is not filled, these are all. Returns the room. */
  #makeRoom(): number {
    const memory = this.#memory;
    if (memory.capacity <= this.#registered.size) memory.reserve(this.#registered.size + 1);
    return memory.capacity;
  }
}

/** Python accepts an integer of any size and uses its low 32 bits. */
function maskBits(eventmask: number): number {
  return integer('eventmask', eventmask, -Infinity, Infinity) | 0;
}

function maxEvents(count: number): number {
  if (count === UNLIMITED) return Infinity;
  if (count <= 0) throw rangeError('maxevents', 'greater than 0, or -1', count);
  return count;
}

interface EpollFactory {
  /**
   * A new {@link Epoll}, as Python's `select.epoll()` makes one. Its file descriptor closes on
   * exec. `undefined` on systems without epoll.
   *
   * @param sizehint - a positive number or -1; has no effect
   * @param flags - 0 or EPOLL_CLOEXEC; has no effect
   * @throws TypeError, RangeError for bad arguments
   * @throws OSError `EINVAL` for other flags; `EMFILE` and the like
   * @platform Linux
   */
  (sizehint?: number, flags?: number): Epoll;
  /** The same as {@link Epoll.fromfd}. */
  fromfd(fd: number): Epoll;
}

/** Opens an epoll set, as Python's `select.epoll(sizehint, flags)`. */
export const epoll: EpollFactory = (
  create === undefined
    ? undefined
    : Object.assign((sizehint?: number, flags?: number) => new Epoll(sizehint, flags), {
        fromfd: (fd: number) => Epoll.fromfd(fd),
      })
) as EpollFactory;

/** The fds that the kernel has in an epoll set, with their masks; empty without /proc. */
function registeredIn(epollFd: number): [fd: number, events: number][] {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${epollFd}`, 'utf8');
    const entries = text.matchAll(/^tfd:\s*(\d+) events:\s*([\da-f]+)/gm);
    return Array.from(entries, ([, fd, events]) => [Number(fd), Number.parseInt(events ?? '', 16)]);
  } catch {
    return [];
  }
}
