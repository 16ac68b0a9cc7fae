/** The memory of epoll_wait(2): its arguments, and the events that the addon writes. */

import type { NativeBinding } from '../native/index.js';
import { EPOLL_FD, EPOLL_LIMIT, EPOLL_READY, EPOLL_TIMEOUT, native } from '../native/index.js';
import { OSError } from '../values/index.js';

/** A constant, so that V8's optimizing compiler knows which function is called. */
const { waitEpoll: waitOnce } = native as Required<NativeBinding>;

/** A file descriptor and its events. */
export type Pair = [fd: number, events: number];

/** The memory of one call; the next call reuses it. */
export class EpollMemory {
  /** The number of events for which there is room. */
  capacity = 0;
  #buffer!: ArrayBuffer;
  #ints!: Int32Array;

  constructor() {
    this.reserve(16);
  }

  /** Makes room for at least this many events. */
  reserve(capacity: number): void {
    this.capacity = Math.max(capacity, 2 * this.capacity);
    this.#buffer = new ArrayBuffer(4 * (EPOLL_READY + 2 * this.capacity));
    this.#ints = new Int32Array(this.#buffer);
  }

  /**
   * Waits once.
   * @param limit - the most events, up to the capacity
   * @returns how many events there are
   */
  wait(fd: number, milliseconds: number, limit: number): number {
    const ints = this.#ints;
    ints[EPOLL_FD] = fd;
    ints[EPOLL_TIMEOUT] = milliseconds;
    ints[EPOLL_LIMIT] = limit;
    const result = waitOnce(this.#buffer);
    if (result < 0) throw new OSError(result, 'epoll_wait');
    return result;
  }

  /** The first events of the last wait, as a new array of pairs. */
  pairs(found: number): Pair[] {
    const ints = this.#ints;
    const answer = new Array<Pair>(found);
    for (let i = 0, next = EPOLL_READY; i < found; i++, next += 2) {
      answer[i] = [ints[next] as number, (ints[next + 1] as number) >>> 0];
    }
    return answer;
  }

  /** Copies the first events of the last wait as fd, events, fd, events, … */
  copy(found: number, events: Int32Array): void {
    const ints = this.#ints;
    for (let i = 0; i < 2 * found; i++) events[i] = ints[EPOLL_READY + i] as number;
  }

  /**
   * Waits until all ready fds are found, if another object has registered more in the same set than
   * there was room for. An fd that is found twice is returned once, with the events of both.
   */
  rest(fd: number, first: readonly Pair[], limit: number): Pair[] {
    const events = new Map<number, number>(first);
    for (let isMore = true; isMore && events.size < limit; ) {
      this.reserve(2 * this.capacity);
      const room = Math.min(limit - events.size, this.capacity);
      const found = this.wait(fd, 0, room);
      const before = events.size;
      for (const [ready, bits] of this.pairs(found)) {
        events.set(ready, ((events.get(ready) ?? 0) | bits) >>> 0);
      }
      // The kernel takes turns: if it reports nothing new, its round is over.
      isMore = found === room && events.size > before;
    }
    return [...events];
  }
}
