/** Python's `select.poll()`: file descriptors registered once, waited for with poll(2). */

import {
  native,
  POLL_COUNT,
  POLL_ENTRIES,
  POLL_LIMIT,
  POLL_START,
  POLL_TIMEOUT,
} from '../native/index.js';
import {
  concurrentPollError,
  eventNames,
  type FileDescriptorLike,
  fileno,
  INSPECT,
  integer,
  KeyError,
  OSError,
  oneLine,
  pollTimeout,
  shown,
  type View,
} from '../values/index.js';
import type { WaitOptions } from './abort.js';
import { type EventsOptions, RepeatedWait } from './async-iterator.js';
import { promised } from './at-once.js';
import { POLLIN, POLLOUT, POLLPRI } from './constants.js';
import { roomForPairs } from './pairs.js';
import { WaitSlot } from './wait-slot.js';

/** The largest event mask: poll(2)'s `events` has 16 bits. */
const USHRT_MAX = 0xffff;

/** The value of ENOENT, which `modify` reports without a system call. */
const ENOENT = 2;
const EINVAL = 22;

/** A constant, so that V8's optimizing compiler knows which function is called. */
const pollOnce = native.poll;

/** A file descriptor and its events. */
type Pair = [fd: number, revents: number];

/** The fd of an unregistered entry: poll(2) ignores negative fds. */
const HOLE = -1;

/**
 * A set of file descriptors, each with the events for which it is watched.
 *
 * The entries are in the memory that poll(2) reads, in the order of registration. Registering needs
 * no system call; a wait needs one, and no other work per registered file descriptor.
 *
 * Mirrors https://docs.python.org/3/library/select.html#poll-objects and poll(2).
 * @platform POSIX
 */
export class Poll {
  #memory!: ArrayBuffer;
  #ints!: Int32Array;
  #shorts!: Uint16Array;
  #capacity = 0;
  #holes = 0;
  /** The position of each fd's entry. */
  readonly #positions = new Map<number, number>();
  readonly #slot = new WaitSlot<Pair>();

  constructor() {
    this.#allocate(16);
  }

  /** What console.log() shows, on one line: `Poll { 21: 'IN|OUT' }`. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    const fields = Object.fromEntries(
      Array.from(this.#positions, ([fd, position]) => [
        fd,
        eventNames('poll', this.#mask(position)),
      ]),
    );
    return shown('Poll', fields, view);
  }

  /**
   * Watches a file descriptor. If it is registered, it gets the new mask and keeps its place.
   *
   * @param fd - need not be open: a wait reports a closed one as POLLNVAL
   * @param eventmask - bits of POLLIN, POLLPRI, POLLOUT, …, from 0 to 65535; POLLERR, POLLHUP and
   *   POLLNVAL are always reported
   * @throws TypeError, RangeError for bad arguments
   */
  register(fd: FileDescriptorLike, eventmask: number = POLLIN | POLLPRI | POLLOUT): void {
    const number = fileno(fd);
    const mask = integer('eventmask', eventmask, 0, USHRT_MAX);
    let position = this.#positions.get(number);
    if (position === undefined) {
      if (this.#count === this.#capacity) this.#makeRoom();
      position = this.#count++;
      this.#ints[POLL_ENTRIES + 2 * position] = number;
      this.#positions.set(number, position);
    }
    this.#setMask(position, mask);
    this.#slot.watcher?.watch(number, mask);
  }

  /**
   * Changes the mask of a registered file descriptor.
   *
   * @param fd - a registered one; need not be open
   * @param eventmask - as in {@link register}
   * @throws OSError `ENOENT` if it is not registered
   * @throws TypeError, RangeError for bad arguments
   */
  modify(fd: FileDescriptorLike, eventmask: number): void {
    const number = fileno(fd);
    const mask = integer('eventmask', eventmask, 0, USHRT_MAX);
    const position = this.#positions.get(number);
    if (position === undefined) throw new OSError(ENOENT, 'poll');
    this.#setMask(position, mask);
    this.#slot.watcher?.watch(number, mask);
  }

  /**
   * Stops watching a file descriptor.
   *
   * @throws KeyError `ERR_NOT_REGISTERED` if it is not registered
   * @throws TypeError, RangeError if `fd` is not a file descriptor
   */
  unregister(fd: FileDescriptorLike): void {
    const number = fileno(fd);
    const position = this.#positions.get(number);
    if (position === undefined) throw new KeyError(fd);
    this.#positions.delete(number);
    this.#ints[POLL_ENTRIES + 2 * position] = HOLE;
    this.#slot.watcher?.unwatch(number);
    this.#holes++;
    // At half: seldom enough to be cheap, and the kernel never skips more holes than entries.
    if (2 * this.#holes >= this.#count) this.#compact();
  }

  /**
   * Waits until a registered file descriptor has an event. Blocks the thread.
   *
   * @param timeout - **milliseconds**, rounded up; 0 returns at once; undefined, null, Infinity
   *   and every negative number wait for ever
   * @returns a new array with a pair [fd, revents] for each that has events, in the order of
   *   registration; empty after the timeout
   * @throws TypeError, RangeError for a bad timeout
   * @throws OSError `EINVAL` if more are registered than the process may have open
   * @throws Error `ERR_CONCURRENT_POLL` while a `pollAsync` is pending
   */
  poll(timeout?: number | null): [fd: number, revents: number][] {
    const milliseconds = pollTimeout(timeout);
    if (this.#slot.pending !== null) throw concurrentPollError();
    return this.#poll(milliseconds);
  }

  #poll(milliseconds: number): Pair[] {
    this.#ints[POLL_START] = 0;
    const found = this.#wait(milliseconds, this.#count);
    const ints = this.#ints;
    // Allocated with its final length: growing would take as long as the rest. Not frozen: V8 reads
    // frozen arrays slowly, which would take three times as long as making new ones.
    const answer = new Array<Pair>(found);
    let next = POLL_ENTRIES + 2 * this.#capacity;
    for (let i = 0; i < found; i++, next += 2) {
      const fd = ints[POLL_ENTRIES + 2 * (ints[next] as number)] as number;
      answer[i] = [fd, ints[next + 1] as number];
    }
    return answer;
  }

  /**
   * As {@link poll}, but writes fd, revents, fd, revents, … to an array and allocates nothing. If
   * more are ready than fit, the next call starts after the last one written.
   *
   * @param events - of length 2 or more; may use a SharedArrayBuffer
   * @param timeout - milliseconds, as in {@link poll}
   * @returns how many pairs were written
   * @throws RangeError if the array is too short, and the errors of {@link poll}
   */
  pollInto(events: Int32Array, timeout?: number | null): number {
    const room = roomForPairs(events);
    const milliseconds = pollTimeout(timeout);
    if (this.#slot.pending !== null) throw concurrentPollError();
    const found = this.#wait(milliseconds, Math.min(room, this.#count));
    const ints = this.#ints;
    let next = POLL_ENTRIES + 2 * this.#capacity;
    for (let i = 0; i < 2 * found; i += 2, next += 2) {
      events[i] = ints[POLL_ENTRIES + 2 * (ints[next] as number)] as number;
      events[i + 1] = ints[next + 1] as number;
    }
    return found;
  }

  /**
   * As {@link poll}, but does not block: timers, promises and everything else continue. During the
   * wait, `register`, `modify` and `unregister` take effect at once.
   *
   * @param timeout - milliseconds, as in {@link poll}
   * @param options - `signal`: ends the wait when it is aborted
   * @returns a promise for the result of {@link poll}; rejected with its errors, or with the signal's
   *   reason
   */
  pollAsync(
    timeout?: number | null,
    options?: WaitOptions,
  ): Promise<[fd: number, revents: number][]> {
    return promised(() => {
      const milliseconds = pollTimeout(timeout);
      return this.#slot.wait(milliseconds, options, {
        look: () => this.#poll(0),
        watch: (wait) => {
          for (const [fd, position] of this.#positions) wait.watch(fd, this.#mask(position));
        },
        tellsChanges: true,
      });
    });
  }

  /** The same as {@link events} without options. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[fd: number, revents: number][]> {
    return this.events();
  }

  /**
   * Iterates over the results of {@link pollAsync}, without end. Leaving the loop (`break`, `return`,
   * `throw`, `stream.destroy()`) ends the pending wait.
   *
   * @param options - `timeout`: **milliseconds** after which a step yields `[]`; default: never.
   *   `signal`: when it is aborted, the iteration is rejected with its reason
   * @returns an iterator over the results; a step is rejected with the errors of {@link pollAsync}
   * @example
   * for await (const events of poller.events({ timeout: 1000 })) {
   *   if (events.length === 0) console.log('idle for a second');
   *   for (const [fd, revents] of events) console.log(fd, revents);
   * }
   */
  events(options?: EventsOptions): AsyncIterableIterator<[fd: number, revents: number][]> {
    return new RepeatedWait(
      () => this.pollAsync(options?.timeout, options),
      () => this.#slot.pending,
    );
  }

  #wait(milliseconds: number, limit: number): number {
    const ints = this.#ints;
    ints[POLL_TIMEOUT] = milliseconds;
    ints[POLL_LIMIT] = limit;
    let result = pollOnce(this.#memory);
    if (result === -EINVAL && this.#holes > 0) {
      // There may be more entries, with the holes, than RLIMIT_NOFILE allows.
      this.#compact();
      result = pollOnce(this.#memory);
    }
    if (result < 0) throw new OSError(result, 'poll');
    return result;
  }

  get #count(): number {
    return this.#ints[POLL_COUNT] as number;
  }

  set #count(count: number) {
    this.#ints[POLL_COUNT] = count;
  }

  #mask(position: number): number {
    return this.#shorts[2 * (POLL_ENTRIES + 2 * position) + 2] as number;
  }

  #setMask(position: number, mask: number): void {
    this.#shorts[2 * (POLL_ENTRIES + 2 * position) + 2] = mask;
  }

  #allocate(capacity: number): void {
    this.#capacity = capacity;
    this.#memory = new ArrayBuffer(4 * (POLL_ENTRIES + 4 * capacity));
    this.#ints = new Int32Array(this.#memory);
    this.#shorts = new Uint16Array(this.#memory);
  }

  /** Removes the holes if these are at least a quarter of the entries; otherwise doubles the memory. */
  #makeRoom(): void {
    if (4 * this.#holes >= this.#capacity) {
      this.#compact();
      return;
    }
    const old = this.#ints;
    const used = POLL_ENTRIES + 2 * this.#count;
    this.#allocate(2 * this.#capacity);
    for (let i = 0; i < used; i++) this.#ints[i] = old[i] as number;
  }

  /** Removes the holes; the order of the entries stays. */
  #compact(): void {
    const ints = this.#ints;
    const start = ints[POLL_START] as number;
    let to = 0;
    for (let from = 0; from < this.#count; from++) {
      if (from === start) ints[POLL_START] = to;
      const fd = ints[POLL_ENTRIES + 2 * from] as number;
      if (fd === HOLE) continue;
      ints[POLL_ENTRIES + 2 * to] = fd;
      ints[POLL_ENTRIES + 2 * to + 1] = ints[POLL_ENTRIES + 2 * from + 1] as number;
      this.#positions.set(fd, to++);
    }
    this.#count = to;
    this.#holes = 0;
  }
}

/**
 * A new {@link Poll}. Makes no system call.
 *
 * Mirrors https://docs.python.org/3/library/select.html#select.poll and poll(2).
 * @returns an empty set
 * @platform POSIX
 */
export function poll(): Poll {
  return new Poll();
}
