/**
 * Timeouts as users give them, in the units that the system calls take.
 *
 * All of them are rounded up, away from zero, as CPython does: a wait is never shorter than asked
 * for, and a fraction never becomes the 0 that turns a loop into a busy one.
 */
import { rangeError, typeError } from './errors.js';
import { INT_MAX } from './integer.js';

/** "For ever", in every unit. */
export const FOREVER = -1;

/** The most seconds that CPython's 64 bits of nanoseconds hold. */
export const MAX_SECONDS = 9223372036.854774;

/** select's timeout: seconds to microseconds; not negative. */
export function selectTimeout(seconds: number | null | undefined): number {
  if (seconds === undefined || seconds === null) return FOREVER;
  if (typeof seconds !== 'number') {
    throw typeError('timeout', 'a number of seconds or null', seconds);
  }
  if (seconds === 0) return 0;
  if (seconds === Infinity) return FOREVER;
  if (Number.isNaN(seconds) || seconds < 0) {
    throw rangeError('timeout', 'a non-negative number of seconds', seconds);
  }
  if (seconds > MAX_SECONDS) throw rangeError('timeout', `at most ${MAX_SECONDS} seconds`, seconds);
  return Math.ceil(Math.ceil(seconds * 1e9) / 1e3);
}

/** poll's timeout: milliseconds to whole milliseconds; any negative one is for ever. */
export function pollTimeout(milliseconds: number | null | undefined): number {
  if (milliseconds === undefined || milliseconds === null) return FOREVER;
  if (typeof milliseconds !== 'number') {
    throw typeError('timeout', 'a number of milliseconds or null', milliseconds);
  }
  if ((milliseconds | 0) === milliseconds) return milliseconds < 0 ? FOREVER : milliseconds;
  if (milliseconds === Infinity || milliseconds === -Infinity) return FOREVER;
  if (Number.isNaN(milliseconds)) throw rangeError('timeout', 'a number', milliseconds);
  const whole = milliseconds < 0 ? Math.floor(milliseconds) : Math.ceil(milliseconds);
  if (whole > INT_MAX || whole < -INT_MAX - 1) {
    throw rangeError('timeout', `at most ${INT_MAX} milliseconds`, milliseconds);
  }
  return whole < 0 ? FOREVER : whole;
}

/** epoll's timeout: seconds to whole milliseconds; a negative one is for ever, once rounded. */
export function epollTimeout(seconds: number | null | undefined): number {
  if (seconds === undefined || seconds === null) return FOREVER;
  if (typeof seconds !== 'number') {
    throw typeError('timeout', 'a number of seconds or null', seconds);
  }
  if (seconds === 0) return 0;
  if (seconds === Infinity || seconds === -Infinity) return FOREVER;
  if (Number.isNaN(seconds)) throw rangeError('timeout', 'a number', seconds);
  // As CPython: to nanoseconds away from zero, then to milliseconds upwards, so that what is
  // above -1 ms is 0.
  const nanoseconds = seconds < 0 ? Math.floor(seconds * 1e9) : Math.ceil(seconds * 1e9);
  const whole = Math.ceil(nanoseconds / 1e6);
  if (whole > INT_MAX || whole < -INT_MAX - 1) {
    throw rangeError('timeout', `at most ${INT_MAX / 1000} seconds`, seconds);
  }
  return whole < 0 ? FOREVER : Math.abs(whole);
}

/** A socket's timeout in seconds: not negative; null is for ever. */
export function socketTimeout(name: string, seconds: unknown): number | null {
  if (seconds === null || seconds === undefined || seconds === Infinity) return null;
  if (typeof seconds !== 'number') throw typeError(name, 'a number of seconds or null', seconds);
  if (Number.isNaN(seconds) || seconds < 0) {
    throw rangeError(name, 'a non-negative number of seconds', seconds);
  }
  if (seconds > MAX_SECONDS) throw rangeError(name, `at most ${MAX_SECONDS} seconds`, seconds);
  return seconds;
}
