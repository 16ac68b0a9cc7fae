/** Calls on a socket that do not block the thread: attempts, and waits between them. */
import { errnoNumber } from '../native/index.js';
import { FOREVER, OSError } from '../values/index.js';
import { lookOrWait, promised } from '../waits/internal.js';

const TIMED_OUT: unique symbol = Symbol('timed out');
const EAGAIN = errnoNumber('EAGAIN');
const ETIMEDOUT = errnoNumber('ETIMEDOUT');

/** One call that waits without blocking. */
export interface AsyncCall<T> {
  fd: number;
  /** The events to wait for: POLLIN or POLLOUT. */
  events: number;
  syscall: string;
  /** Seconds; null: no limit; 0: one attempt. */
  timeout: number | null;
  signal: AbortSignal | undefined;
  /** Makes an attempt that does not block; null if it would have to wait. */
  attempt: () => T | null;
}

/**
 * Makes attempts until one succeeds, the time is over, the signal is aborted or the fd is closed.
 */
export function callAsync<T>(call: AsyncCall<T>): Promise<T> {
  const { fd, events, syscall, timeout, signal, attempt } = call;
  const request = {
    look: attempt as () => T | typeof TIMED_OUT | null,
    none: () => TIMED_OUT as T | typeof TIMED_OUT,
    milliseconds: timeout === null ? FOREVER : timeout * 1000,
    signal,
  };
  return promised(() => lookOrWait(request, (watcher) => watcher.watch(fd, events))).then(
    (answer) => {
      if (answer !== TIMED_OUT) return answer as T;
      throw new OSError(timeout === 0 ? EAGAIN : ETIMEDOUT, syscall);
    },
  );
}
