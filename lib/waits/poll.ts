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

/** What ENOENT is; `modify` reports it without asking the kernel. */
const ENOENT = 2;
const EINVAL = 22;

/** Kept by itself, so that the optimizing compiler knows which function it calls. */
const pollOnce = native.poll;

/** A file descriptor and its events. */
type Pair = [fd: number, revents: number];

/** poll(2) ignores an entry with a negative fd: what an unregistered one becomes. */
const HOLE = -1;

/**
 * A set of file descriptors and the events each is watched for.
 *
 * The entries lie in the memory that the kernel reads, in the order of their registration;
 * registering costs no system call. A wait costs one, and nothing else that grows with the number
 * of registered file descriptors.
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
  /** Where the entry of each fd stands. */
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
   * Watches a file descriptor. Registered again, it gets the new mask and keeps its place.
   *
   * @param fd - need not be open: a wait reports a closed one as POLLNVAL
   * @param eventmask - bits of POLLIN, POLLPRI, POLLOUT, …, from 0 to 65535; POLLERR, POLLHUP and
   *   POLLNVAL are reported in any case
   * @throws TypeError, RangeError for an argument that is neither
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
   * @param eventmask - as in {@link register}
   * @throws OSError `ENOENT` where it is not registered
   * @throws TypeError, RangeError for an argument that is neither
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
   * @throws KeyError `ERR_NOT_REGISTERED` where it is not registered
   * @throws TypeError, RangeError where it is no file descriptor
   */
  unregister(fd: FileDescriptorLike): void {
    const number = fileno(fd);
    const position = this.#positions.get(number);
    if (position === undefined) throw new KeyError(fd);
    this.#positions.delete(number);
    this.#ints[POLL_ENTRIES + 2 * position] = HOLE;
    this.#slot.watcher?.unwatch(number);
    this.#holes++;
    // Rarely enough to be cheap, often enough that the kernel never walks over many holes.
    if (2 * this.#holes >= this.#count) this.#compact();
  }

  /**
   * Waits until a registered file descriptor has an event. Blocks the thread.
   *
   * @param timeout - **milliseconds**, rounded up; 0 returns at once; undefined, null, Infinity
   *   and every negative number wait for ever
   * @returns a new array with a pair [fd, revents] for each that has events, in the order of
   *   registration; empty when the time is over
   * @throws TypeError, RangeError for a bad timeout
   * @throws OSError `EINVAL` where more are registered than the process may have open
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
    // Of the length it will have: growing would cost as much as all the rest. Not frozen: V8 leaves
    // its fast path for frozen arrays, and reading one costs three times as much as making one.
    const answer = new Array<Pair>(found);
    let next = POLL_ENTRIES + 2 * this.#capacity;
    for (let i = 0; i < found; i++, next += 2) {
      const fd = ints[POLL_ENTRIES + 2 * (ints[next] as number)] as number;
      answer[i] = [fd, ints[next + 1] as number];
    }
    return answer;
  }

  /**
   * As {@link poll}, but writes fd, revents, fd, revents, … to an array and allocates nothing.
   * When more are ready than fit, the next call goes on after the last one written.
   *
   * @param events - at least 2 long; it may lie in a SharedArrayBuffer
   * @param timeout - milliseconds, as in {@link poll}
   * @returns how many pairs it has written
   * @throws RangeError where the array is too short, and what {@link poll} throws
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
   * As {@link poll}, but does not block: timers, promises and everything else go on. Meanwhile
   * `register`, `modify` and `unregister` take effect at once.
   *
   * @param timeout - milliseconds, as in {@link poll}
   * @returns a promise of what {@link poll} returns; rejected with what it throws, or with the
   *   signal's reason
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
   * Iterates over what {@link pollAsync} gives, without end. To leave the loop (`break`, `return`,
   * `throw`, `stream.destroy()`) ends the wait that is going on.
   *
   * @param options - `timeout`: **milliseconds** that a step waits at the most, then it gives `[]`;
   *   by default for ever. `signal`: when it is aborted, the iteration is rejected with its reason
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
      // The kernel compares the number of entries, holes too, with the limit of open files.
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

  /** Closes the holes where that gives a fair amount of room, else doubles the memory. */
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

  /** Closes the holes; the order stays. */
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

/** A new {@link Poll}, as Python's `select.poll()` makes one. */
export function poll(): Poll {
  return new Poll();
}
