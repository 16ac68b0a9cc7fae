/** Calls on a socket that do not block: attempts, and waits between them. */
import { isIP } from 'node:net';
import {
  clearTimeout,
  type NativeEndpoint,
  type NativeFound,
  native,
  setTimeout,
} from '../native/index.js';
import { check, FOREVER, OSError } from '../values/index.js';
import {
  addAbortCallback,
  lookOrWait,
  promised,
  reasonOf,
  removeAbortCallback,
} from '../waits/internal.js';
import { AF_INET, AF_INET6, SOCK_STREAM } from './constants.js';

const TIMED_OUT: unique symbol = Symbol('timed out');
const MAX_TIMER = 0x7fffffff;
const { EAGAIN, ETIMEDOUT } = process.getBuiltinModule('node:os').constants.errno;

/** One call that waits without blocking. */
export interface AsyncCall<T> {
  fd: number;
  /** What to wait for: POLLIN or POLLOUT. */
  events: number;
  syscall: string;
  /** Seconds; null: for ever; 0: one attempt. */
  timeout: number | null;
  signal: AbortSignal | undefined;
  /** Makes an attempt that does not block; null where it would. */
  attempt: () => T | null;
}

/** Makes attempts until one succeeds, the time is over, the signal is aborted or the fd is closed. */
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

/** The error of a call's own result; -EAGAIN stands for "not yet". */
export function orNotYet(result: number, syscall: string): number | null {
  return result === -EAGAIN ? null : check(result, syscall);
}

/** A look-up that is going on, as `close()` of its socket ends it. */
export interface PendingLookup {
  fail: (reason: unknown) => void;
}

/** Whether a name has to be looked up before the address can be used. */
export function needsLookup([family, host]: NativeEndpoint): boolean {
  if (family !== AF_INET && family !== AF_INET6) return false;
  return host !== '' && host !== '<broadcast>' && isIP(host as string) === 0;
}

/**
 * The same endpoint with the first address of its host as a number.
 * @param milliseconds - FOREVER
 * @param onBegin - gets what ends the look-up
 */
export async function lookUp(
  [family, host, port, flowinfo, scopeid]: NativeEndpoint,
  milliseconds: number,
  signal: AbortSignal | undefined,
  onBegin: (pending: PendingLookup) => void,
): Promise<NativeEndpoint> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    const found = await new Promise<NativeFound[]>((resolve, reject) => {
      onBegin({ fail: reject });
      onAbort = () => reject(reasonOf(signal as AbortSignal));
      if (signal !== undefined) addAbortCallback(signal, onAbort);
      if (milliseconds !== FOREVER) {
        const expire = () => reject(new OSError(ETIMEDOUT, 'getaddrinfo'));
        timer = setTimeout(expire, Math.min(milliseconds, MAX_TIMER));
      }
      const started = native.getaddrinfoAsync(
        host as string,
        null,
        family,
        SOCK_STREAM,
        0,
        0,
        (result, found) => {
          if (result < 0) reject(new OSError(result, 'getaddrinfo'));
          else resolve(found);
        },
      );
      check(started, 'getaddrinfo');
    });
    const [, , , , number, , , scope] = found[0] as NativeFound;
    return [family, number, port, flowinfo, scopeid || scope];
  } finally {
    if (timer !== undefined) clearTimeout(timer);
    if (signal !== undefined) removeAbortCallback(signal, onAbort);
  }
}
