/** The options of an event loop, and the checks of its arguments. */
import { inspect } from '../native/index.js';
import type { BaseSelector } from '../selectors/index.js';
import { type Address, formatAddress } from '../socket/internal.js';
import { OSError, rangeError, typeError } from '../values/index.js';
import type { SelectorName } from './selectors.js';

/** The longest timeout that every call accepts, in whole seconds: 2^31 - 1 milliseconds. */
export const LONGEST_WAIT = 2147483;

/** The options of an `EventLoop`. */
export interface EventLoopOptions {
  /**
   * The system call of the waits, or a selector, which `close` does not close. Default: as
   * `DefaultSelector`: the best one, or that of the environment variable `FDSELECT_SELECTOR`.
   *
   * The selectors of `fdselect/selectors` do not support the event 'x'.
   */
  selector?: SelectorName | BaseSelector<unknown> | undefined;
  /**
   * Returns the time in seconds, which must be monotonic; for tests. Default: the clock of
   * `process.hrtime()`; fake timers do not change it.
   */
  clock?: (() => number) | undefined;
  /**
   * Called with the `error` that a callback has thrown, and with `where`, the name of the callback: 'watch',
   * 'onPrepare', 'callLater', 'callSoon', 'signal', 'onConnection', 'onFailed', 'close', or a
   * connection's 'data', 'urgent', 'eof', 'drain', 'flushed', 'lost', 'closed'. Default: prints the
   * error to stderr. If it throws itself, that error is printed.
   */
  onError?: ((error: unknown, where: string) => void) | undefined;
}

/** Checks the limit of a wait; null: no limit. */
export function waitLimit(timeout: number | null | undefined): number | null {
  if (timeout === undefined || timeout === null || timeout === Infinity) return null;
  if (typeof timeout !== 'number') {
    throw typeError('timeout', 'a number of seconds or null', timeout);
  }
  if (Number.isNaN(timeout)) throw rangeError('timeout', 'a number', timeout);
  return Math.min(Math.max(timeout, 0), LONGEST_WAIT);
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw typeError(name, 'a function', value);
}

export function loopIsRunning(): Error {
  return Object.assign(new Error('the loop is running already'), { code: 'ERR_LOOP_RUNNING' });
}

/**
 * The default of `onError`. A system call that fails for a listener or for a new connection is not a
 * programming error: one line says what is lost and why, without a stack.
 */
export function printError(error: unknown, where: string): void {
  if (where === 'onConnection' && error instanceof OSError && error.address !== undefined) {
    const { address, port } = error;
    const peer = formatAddress(port === undefined ? address : ([address, port] as Address));
    process.stderr.write(`fdselect: connection with ${peer} lost: ${error.message}\n`);
    return;
  }
  if (error instanceof OSError && error.syscall === 'accept') {
    process.stderr.write(`fdselect: no connection was accepted: ${error.message}\n`);
    return;
  }
  process.stderr.write(`fdselect: uncaught in ${where}: ${inspect(error)}\n`);
}
