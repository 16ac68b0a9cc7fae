/** A way to end a wait from another thread. */

import { native } from '../native/index.js';
import {
  check,
  closedError,
  type FileDescriptorLike,
  fileno,
  INSPECT,
  oneLine,
  shown,
  type View,
} from '../values/index.js';
import { closeAndWake } from './closing.js';

/**
 * A file descriptor that becomes readable when a thread wakes it, and stays so until it is cleared.
 *
 * What a wait that blocks its thread watches, so that another thread can end it: the fd's number
 * crosses to a worker, and `Waker.fromfd(fd).wake()` there wakes the wait here. The pattern is
 * that of "the self-pipe trick", with eventfd(2) on Linux and kqueue(2) elsewhere.
 *
 * @example
 * const waker = new Waker();
 * new Worker(url, { workerData: waker.fileno() }); // there: Waker.fromfd(workerData).wake()
 * select([waker, server], [], []);
 * waker.clear();
 * @platform POSIX
 */
export class Waker {
  #fd: number;

  /**
   * @param fd - of a waker, to take over; default: a new one. {@link Waker.fromfd} duplicates
   * @throws OSError `EMFILE` and the like
   */
  constructor(fd?: number) {
    this.#fd = fd === undefined ? check(native.openWaker(), 'eventfd') : native.adoptFd(fileno(fd));
  }

  /**
   * A second waker for the same wake-ups, from the first one's file descriptor, in whatever thread.
   * The file descriptor is duplicated: each waker is closed by itself.
   *
   * @throws OSError `EBADF`
   */
  static fromfd(fd: FileDescriptorLike): Waker {
    return new Waker(check(native.dup(fileno(fd)), 'dup'));
  }

  /**
   * The file descriptor to watch for reading; non-blocking.
   * @throws Error `ERR_CLOSED`
   */
  fileno(): number {
    if (this.#fd < 0) throw closedError('waker');
    return this.#fd;
  }

  /**
   * Makes the file descriptor readable. Never blocks; twice is as good as once.
   * @throws Error `ERR_CLOSED`
   */
  wake(): void {
    check(native.wakeWaker(this.fileno()), 'write');
  }

  /**
   * Makes the file descriptor not readable again. Never blocks.
   * @throws Error `ERR_CLOSED`
   */
  clear(): void {
    check(native.clearWaker(this.fileno()), 'read');
  }

  /** Closes the file descriptor. Idempotent. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeAndWake(fd, 'waker');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    return shown('Waker', { fd: this.#fd }, view);
  }
}
