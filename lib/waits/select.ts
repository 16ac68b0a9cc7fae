/** Python's `select.select()`: one call of select(2) over three lists of file descriptors. */

import { native, SELECT_COUNTS, SELECT_FDS } from '../native/index.js';
import {
  type FileDescriptorLike,
  FOREVER,
  fileno,
  OSError,
  rangeError,
  selectTimeout,
  typeError,
} from '../values/index.js';
import { reasonOf, signalOf, type WaitOptions } from './abort.js';
import { POLLIN, POLLOUT, POLLPRI } from './constants.js';
import { lookOrWait, promised } from './wait.js';

/** The longest list: 2^20 is Linux's default fs.nr_open, the limit of a process's fds. */
const MAX_ENTRIES = 1 << 20;

/** Kept by itself, so that the optimizing compiler knows which function it calls. */
const selectOnce = native.select;

/** What the waiter watches the fds of each list for. */
const POLL_EVENTS = [POLLIN, POLLOUT, POLLPRI];

/** The memory of one call; used again by the next one. */
class SelectMemory {
  buffer!: ArrayBuffer;
  #ints!: Int32Array;
  #timeout!: Float64Array;
  #capacity = 0;
  #used = 0;

  constructor() {
    this.#allocate(64);
  }

  #allocate(capacity: number): void {
    this.#capacity = capacity;
    this.buffer = new ArrayBuffer(4 * (SELECT_FDS + 2 * capacity));
    this.#ints = new Int32Array(this.buffer);
    this.#timeout = new Float64Array(this.buffer, 0, 1);
  }

  start(timeout: number): void {
    this.#timeout[0] = timeout;
    this.#used = 0;
  }

  /**
   * Appends the fds of one list.
   * @returns the list's objects in order; null where they are all plain numbers
   */
  add<T>(list: Iterable<T>, name: string, kind: 0 | 1 | 2): T[] | null {
    const array = Array.isArray(list) ? (list as T[]) : collect(list, name);
    const begin = this.#used;
    if (array.length === 0) {
      this.#ints[SELECT_COUNTS + kind] = 0;
      return null;
    }
    const numbers = this.#addNumbers(array);
    const items = numbers === array.length ? null : this.#addObjects(array, numbers, name);
    this.#ints[SELECT_COUNTS + kind] = this.#used - begin;
    return items;
  }

  /** Appends the numbers that an array begins with and that are fds; returns how many. */
  #addNumbers(array: readonly unknown[]): number {
    const limit = Math.min(array.length, MAX_ENTRIES);
    this.#reserve(limit);
    const ints = this.#ints;
    const begin = SELECT_FDS + this.#used;
    let i = 0;
    for (; i < limit; i++) {
      const item = array[i];
      if (typeof item !== 'number' || (item | 0) !== item || item < 0) break;
      ints[begin + i] = item;
    }
    this.#used += i;
    return i;
  }

  /**
   * Appends the rest of an array, whose fileno() methods may change it on the way: as in CPython,
   * what they add is seen and what they remove is not.
   * @returns the whole list's objects
   */
  #addObjects<T>(array: readonly T[], begin: number, name: string): T[] {
    // Of the length it will most likely have, as is the memory: growing costs more than filling.
    const limit = Math.min(array.length, MAX_ENTRIES);
    const items = new Array<T>(limit);
    for (let i = 0; i < begin; i++) items[i] = array[i] as T;
    let ints = this.#ints;
    let next = SELECT_FDS + this.#used;
    for (let i = begin; i < array.length; i++) {
      if (i >= MAX_ENTRIES) checkLength(i, name);
      const item = array[i] as T;
      const fd = fileno(item as FileDescriptorLike, name);
      if (i >= limit) {
        this.#used = next - SELECT_FDS;
        this.#reserve(1);
        ints = this.#ints;
      }
      items[i] = item;
      ints[next++] = fd;
    }
    this.#used = next - SELECT_FDS;
    return items;
  }

  #reserve(room: number): void {
    if (this.#used + room <= this.#capacity) return;
    const old = this.#ints;
    this.#allocate(Math.max(2 * this.#capacity, this.#used + room));
    for (let i = 0; i < SELECT_FDS + this.#used; i++) this.#ints[i] = old[i] as number;
  }

  /** The objects of a list that are ready, `begin` being the place of the list's first one. */
  ready<T>(items: T[] | null, begin: number, kind: 0 | 1 | 2): T[] {
    const ints = this.#ints;
    const found = ints[SELECT_COUNTS + kind] as number;
    if (found === 0) return [];
    const positions = SELECT_FDS + this.#capacity + begin;
    const result = new Array<T>(found);
    for (let i = 0; i < found; i++) {
      const position = ints[positions + i] as number;
      result[i] = (items === null ? ints[SELECT_FDS + begin + position] : items[position]) as T;
    }
    return result;
  }

  /** Before the call the length of a list, after it how many of it are ready. */
  length(kind: 0 | 1 | 2): number {
    return this.#ints[SELECT_COUNTS + kind] as number;
  }

  /** Prepares another call with the same lists, which the one before has replaced by its answer. */
  restart(lengths: readonly number[]): void {
    for (const [kind, length] of lengths.entries()) this.#ints[SELECT_COUNTS + kind] = length;
  }

  /** What poll(2) would be asked: for each fd, the union of the lists that it is in. */
  pollMasks(lengths: readonly number[]): Map<number, number> {
    const masks = new Map<number, number>();
    let next = SELECT_FDS;
    for (const [kind, length] of lengths.entries()) {
      for (const end = next + length; next < end; next++) {
        const fd = this.#ints[next] as number;
        masks.set(fd, (masks.get(fd) ?? 0) | (POLL_EVENTS[kind] as number));
      }
    }
    return masks;
  }
}

/** The memory of the last call, unless one is under way: a fileno() may call select() itself. */
let idle: SelectMemory | null = null;

/**
 * Waits until one of the file descriptors is ready. Blocks the thread: no JavaScript of it runs,
 * no signal handler either (see `fdselect/signal`).
 *
 * Mirrors https://docs.python.org/3/library/select.html#select.select and select(2), with file
 * descriptors of any number.
 *
 * @param rlist - wait until these can be read: data, end of file, a connection to accept
 * @param wlist - wait until these can be written
 * @param xlist - wait for exceptional conditions: on Linux, out-of-band data
 * @param timeout - seconds, rounded up to microseconds; 0 returns at once; undefined, null and
 *   Infinity wait for ever
 * @returns three new arrays with the ready ones among the objects that were passed, in their
 *   order; all three empty when the time is over
 * @throws TypeError where an argument is of the wrong type or has no file descriptor
 * @throws RangeError where the timeout or a file descriptor is negative or not possible
 * @throws OSError `EBADF` where a file descriptor is not open, whatever its number
 * @platform POSIX
 */
export function select<
  R extends FileDescriptorLike = never,
  W extends FileDescriptorLike = never,
  X extends FileDescriptorLike = never,
>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout?: number | null,
): [R[], W[], X[]] {
  const microseconds = selectTimeout(timeout);
  const memory = idle ?? new SelectMemory();
  idle = null;
  try {
    memory.start(microseconds);
    const readers = memory.add(rlist, 'rlist', 0);
    const writers = memory.add(wlist, 'wlist', 1);
    const excepts = memory.add(xlist, 'xlist', 2);
    return call(memory, readers, writers, excepts);
  } finally {
    idle = memory;
  }
}

/**
 * As {@link select}, but does not block: timers, promises and everything else go on.
 *
 * @param timeout - seconds, as in {@link select}
 * @returns a promise of what {@link select} returns; rejected with what it throws, or with the
 *   signal's reason. The lists are read before this returns.
 * @platform POSIX
 */
export function selectAsync<
  R extends FileDescriptorLike = never,
  W extends FileDescriptorLike = never,
  X extends FileDescriptorLike = never,
>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout?: number | null,
  options?: WaitOptions,
): Promise<[R[], W[], X[]]> {
  return promised(() => {
    const microseconds = selectTimeout(timeout);
    const memory = new SelectMemory();
    memory.start(0);
    const readers = memory.add(rlist, 'rlist', 0);
    const writers = memory.add(wlist, 'wlist', 1);
    const excepts = memory.add(xlist, 'xlist', 2);
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    const lengths = [memory.length(0), memory.length(1), memory.length(2)];
    const look = (): [R[], W[], X[]] | null => {
      memory.restart(lengths);
      const answer = call(memory, readers, writers, excepts);
      return answer.some((list) => list.length > 0) ? answer : null;
    };
    const none = (): [R[], W[], X[]] => [[], [], []];
    const milliseconds = microseconds === FOREVER ? FOREVER : microseconds / 1000;
    return lookOrWait({ look, none, milliseconds, signal }, (wait) => {
      for (const [fd, events] of memory.pollMasks(lengths)) wait.watch(fd, events);
    });
  });
}

/** Makes the call on the lists in memory, whose objects are these; null: plain numbers. */
function call<R, W, X>(
  memory: SelectMemory,
  readers: R[] | null,
  writers: W[] | null,
  excepts: X[] | null,
): [R[], W[], X[]] {
  const wlistBegin = memory.length(0);
  const xlistBegin = wlistBegin + memory.length(1);
  const result = selectOnce(memory.buffer);
  if (result < 0) throw new OSError(result, 'select');
  return [
    memory.ready(readers, 0, 0),
    memory.ready(writers, wlistBegin, 1),
    memory.ready(excepts, xlistBegin, 2),
  ];
}

/** The items of what is not an array; all of them before the first is looked at, as in CPython. */
function collect<T>(list: Iterable<T>, name: string): T[] {
  const iterator = (list as { [Symbol.iterator]?: unknown } | null | undefined)?.[Symbol.iterator];
  if (typeof iterator !== 'function') throw typeError(name, 'iterable', list);
  if (list instanceof Set || list instanceof Map) {
    checkLength(list.size - 1, name);
    return [...list] as T[];
  }
  const items: T[] = [];
  for (const item of list) {
    checkLength(items.length, name);
    items.push(item);
  }
  return items;
}

function checkLength(length: number, name: string): void {
  if (length >= MAX_ENTRIES) throw rangeError(name, `at most ${MAX_ENTRIES} entries long`, length);
}
