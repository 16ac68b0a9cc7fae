/** "Closing wakes": what happens to waits when the program closes what they wait for. */
import { native, setImmediate } from '../native/index.js';
import { closedError } from '../values/index.js';
import { waitsFor } from './waiter.js';

/** A pending wait of a set that the kernel keeps: the waiter sees the set's own fd only. */
export interface SetWait {
  watchesOnly(fd: number): boolean;
  fail(reason: unknown): void;
}

/** The epoll sets that wait without blocking. */
export const waitingSets = new Set<SetWait>();

/**
 * Closes the fd of an object of this package, and ends the waits for it. To be called by `close()`
 * of everything that owns an fd (Socket, Waker, SignalPipe, Epoll).
 *
 * A promise that waits for this fd alone is rejected with `ERR_CLOSED`. A wait for several fds ends
 * as its real call says: EBADF, or an answer with POLLNVAL. That call is made in the loop's next turn,
 * so that a program may close an object first and unregister it then.
 *
 * @param what - names the object in the error: "I/O operation on closed `what`"
 * @param close - closes the fd; by default close(2)
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
 * Rejects the promises that wait for `fd` alone with `ERR_CLOSED`, before it is closed or given away
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
 * Makes a call that may make a number stand for another file, as dup2(2) does. The waits for that
 * number go on, with the file that it stands for afterwards.
 *
 * @param replace - the native call, which takes `fd` out of the waiter's sets
 * @returns what `replace` returns
 */
export function replaceAndRearm(fd: number, replace: () => number): number {
  const result = replace();
  for (const { wait } of waitsFor(fd)) wait.armAgain();
  return result;
}
