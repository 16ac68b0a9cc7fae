/** The options of an event loop, and the checks of its arguments. */
import { inspect } from 'node:util';
import type { BaseSelector } from '../selectors/index.js';
import { rangeError, typeError } from '../values/index.js';
import type { SelectorName } from './selectors.js';

/** The longest wait that every call takes, in whole seconds: 2^31 - 1 milliseconds. */
export const LONGEST_WAIT = 2147483;

export interface EventLoopOptions {
  /**
   * The call to wait with, or a selector that stays the caller's: `close` leaves it open. Default:
   * what `DefaultSelector` is, the best one or that of the environment's `FDSELECT_SELECTOR`.
   *
   * The selectors of `fdselect/selectors` do not know the event 'x'.
   */
  selector?: SelectorName | BaseSelector<unknown> | undefined;
  /** Seconds, monotonic. Default: `performance.now() / 1000`, not that of fake timers. */
  clock?: (() => number) | undefined;
  /**
   * Is told what a callback has thrown, and which one it was: 'watch', 'onPrepare', 'callLater',
   * 'callSoon', 'signal', 'onConnection', 'onFailed', 'close', or a connection's 'data', 'urgent', 'eof',
   * 'drain', 'flushed', 'lost', 'closed'. Default: prints it to stderr. Should it throw itself, that is printed.
   */
  onError?: ((error: unknown, where: string) => void) | undefined;
}

/** A limit for a wait as the loop takes it: null for none. */
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

/** The default of `onError`. */
export function printError(error: unknown, where: string): void {
  process.stderr.write(`fdselect: uncaught in ${where}: ${inspect(error)}\n`);
}
