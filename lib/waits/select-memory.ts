/** Writes the lists of select(2) to the memory that the addon reads, and reads the answer. */
import { SELECT_COUNTS, SELECT_FDS } from '../native/index.js';
import { type FileDescriptorLike, fileno, rangeError, typeError } from '../values/index.js';
import { POLLIN, POLLOUT, POLLPRI } from './constants.js';

/** The longest list: 2^20 is Linux's default fs.nr_open, the limit of a process's fds. */
const MAX_ENTRIES = 1 << 20;

/** The events for which the waiter watches the fds of each list. */
const POLL_EVENTS = [POLLIN, POLLOUT, POLLPRI];

/** The memory of one call; the next call reuses it. */
export class SelectMemory {
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
   * @returns the list's objects in order; null if all are numbers
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

  /** Appends the fds at the beginning of an array that are plain numbers; returns how many. */
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
   * Appends the rest of an array. The fileno() methods may change the array meanwhile: as in CPython,
   * added objects are seen, and removed ones are not.
   * @returns the whole list's objects
   */
  #addObjects<T>(array: readonly T[], begin: number, name: string): T[] {
    // Allocated with its probable length, as is the memory: growing takes longer than filling.
    const limit = Math.min(array.length, MAX_ENTRIES);
    const items = new Array<T>(limit);
    for (let i = 0; i < begin; i++) items[i] = array[i] as T;
    let ints = this.#ints;
    let next = SELECT_FDS + this.#used;
    for (let i = begin; i < array.length; i++) {
      if (i >= MAX_ENTRIES) checkLength(i + 1, name);
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

  /** The ready objects of a list; `begin` is the position of the list's first fd. */
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

  /** Before the call, the length of a list; after it, how many of its fds are ready. */
  length(kind: 0 | 1 | 2): number {
    return this.#ints[SELECT_COUNTS + kind] as number;
  }

  /** Prepares another call with the same lists: the last answer has replaced their lengths. */
  restart(lengths: readonly number[]): void {
    for (const [kind, length] of lengths.entries()) this.#ints[SELECT_COUNTS + kind] = length;
  }

  /** The same as masks of poll(2): for each fd, the events of all lists that it is in. */
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

/** The items of an iterable that is not an array; as in CPython, all are read before any is used. */
function collect<T>(list: Iterable<T>, name: string): T[] {
  const iterator = (list as { [Symbol.iterator]?: unknown } | null | undefined)?.[Symbol.iterator];
  if (typeof iterator !== 'function') throw typeError(name, 'iterable', list);
  if (list instanceof Set || list instanceof Map) {
    checkLength(list.size, name);
    return [...list] as T[];
  }
  const items: T[] = [];
  for (const item of list) {
    checkLength(items.length + 1, name);
    items.push(item);
  }
  return items;
}

function checkLength(length: number, name: string): void {
  if (length > MAX_ENTRIES) throw rangeError(name, `at most ${MAX_ENTRIES} entries long`, length);
}
