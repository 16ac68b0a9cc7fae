/** `Waker`: lets another thread end a wait. */

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
 * A wait that blocks its thread watches a waker, so that another thread can end the wait: pass the
 * number of the fd to a worker, which calls `Waker.fromfd(fd).wake()`. This is the "self-pipe trick",
 * with eventfd(2) on Linux and kqueue(2) elsewhere.
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
   * @param fd - the fd of a waker, to take over; default: a new one. {@link Waker.fromfd} duplicates
   * @throws OSError `EMFILE` and the like
   */
  constructor(fd?: number) {
    this.#fd = fd === undefined ? check(native.openWaker(), 'eventfd') : native.adoptFd(fileno(fd));
  }

  /**
   * A second waker for the same wake-ups, made from the first one's file descriptor in any thread.
   * The file descriptor is duplicated, so each waker must be closed.
   *
   * @param fd - of a waker; another one is not refused before {@link wake}
   * @returns the second waker
   * @throws OSError `EBADF`, `EMFILE`; TypeError, RangeError for a value that is not a file descriptor
   */
  static fromfd(fd: FileDescriptorLike): Waker {
    return new Waker(check(native.dup(fileno(fd)), 'dup'));
  }

  /**
   * The file descriptor to watch for reading; non-blocking.
   * @returns the number
   * @throws Error `ERR_CLOSED` after it was closed
   */
  fileno(): number {
    if (this.#fd < 0) throw closedError('waker');
    return this.#fd;
  }

  /**
   * Makes the file descriptor readable. Never blocks; a second call has no effect.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  wake(): void {
    check(native.wakeWaker(this.fileno()), 'write');
  }

  /**
   * Makes the file descriptor not readable again. Never blocks.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  clear(): void {
    check(native.clearWaker(this.fileno()), 'read');
  }

  /**
   * Closes the file descriptor. Idempotent.
   * @throws OSError `EBADF` if other code has closed the fd
   */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeAndWake(fd, 'waker');
  }

  /** The same as {@link close}, for `using`. */
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
