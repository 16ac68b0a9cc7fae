/** Ends the waits for an fd when the program closes it ("closing wakes"). */
import { native, setImmediate } from '../native/index.js';
import { closedError } from '../values/index.js';
import { waitsFor } from './waiter.js';

/** A pending wait of an epoll set: the waiter knows only the set's own fd, not those in it. */
export interface SetWait {
  watchesOnly(fd: number): boolean;
  fail(reason: unknown): void;
}

/** The epoll sets with a pending asynchronous wait. */
export const waitingSets = new Set<SetWait>();

/**
 * Closes the fd of an object of this package, and ends the waits for it. Every object that owns an fd
 * (Socket, Waker, SignalPipe, Epoll) calls this in its `close()`.
 *
 * A promise that waits only for this fd is rejected with `ERR_CLOSED`. A wait for several fds ends
 * with the result of its real call: EBADF, or POLLNVAL. That call is made in the loop's next turn, so
 * that a program may unregister an object after closing it.
 *
 * @param what - the object's name in the error: "I/O operation on closed `what`"
 * @param close - closes the fd; default: close(2)
 * @returns what `close` returns
 */
export function closeAndWake(
  fd: number,
  what: string,
  close: (fd: number) => number = native.close,
): number {
  const others = endWaitsFor(fd, what);
  const result = close(fd);
  if (others.length > 0) {
    setImmediate(() => {
      for (const wait of others) wait.look();
    });
  }
  return result;
}

/**
 * Rejects the promises that wait only for `fd` with `ERR_CLOSED`, before it is closed or given away
 * (`detach()`).
 * @returns the other waits that watch `fd`
 */
export function endWaitsFor(fd: number, what: string): { look(): void }[] {
  const others: { look(): void }[] = [];
  for (const { wait, isAlone } of waitsFor(fd)) {
    if (isAlone) wait.fail(closedError(what));
    else others.push(wait);
  }
  for (const set of waitingSets) if (set.watchesOnly(fd)) set.fail(closedError(what));
  return others;
}

/**
 * Makes a call that may replace the file of an fd, such as dup2(2). The waits for that fd continue
 * with the new file.
 *
 * @param replace - the native call, which removes `fd` from the waiter's sets
 * @returns what `replace` returns
 */
export function replaceAndRearm(fd: number, replace: () => number): number {
  const result = replace();
  for (const { wait } of waitsFor(fd)) wait.armAgain();
  return result;
}
