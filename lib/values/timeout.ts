/**
 * Checks the timeouts that users pass, and converts them to the units of the system calls.
 *
 * All are rounded up, away from zero, as in CPython: a wait is never shorter than requested, and a
 * fraction never becomes 0, which would make a loop busy.
 */
import { rangeError, typeError } from './errors.js';
import { INT_MAX } from './integer.js';

/** "For ever", in every unit. */
export const FOREVER = -1;

/** The most seconds that CPython's 64 bits of nanoseconds hold. */
export const MAX_SECONDS = 9223372036.854774;

/** The unit and the range of a time argument. */
interface TimeLimits {
  /** Default: seconds. */
  unit?: 'seconds' | 'milliseconds';
  /** Default: 0. A smaller time is a RangeError. */
  least?: number;
  /** Default: {@link MAX_SECONDS}. A greater time is a RangeError, except Infinity. */
  most?: number;
}

/**
 * The check of every time argument in the package.
 *
 * @returns the number; Infinity for undefined and null, which mean "no limit"
 * @throws TypeError, RangeError that name the argument
 */
export function time(
  name: string,
  value: unknown,
  { unit = 'seconds', least = 0, most = MAX_SECONDS }: TimeLimits = {},
): number {
  if (value === undefined || value === null) return Infinity;
  if (typeof value !== 'number') throw typeError(name, `a number of ${unit} or null`, value);
  if (value >= least && (value <= most || value === Infinity)) return value;
  if (value > most) throw rangeError(name, `at most ${most} ${unit}`, value);
  const expected = least === 0 ? 'a non-negative number' : 'a number';
  throw rangeError(name, `${expected} of ${unit}`, value);
}

/** select's timeout: seconds to microseconds; not negative. */
export function selectTimeout(seconds: number | null | undefined): number {
  const limit = time('timeout', seconds);
  return limit === Infinity ? FOREVER : Math.ceil(Math.ceil(limit * 1e9) / 1e3);
}

/** poll's timeout: milliseconds, rounded up; negative: for ever. */
export function pollTimeout(milliseconds: number | null | undefined): number {
  // This test is the quickest, and most timeouts pass it. The type comes first: `|` throws for a
  // bigint.
  if (typeof milliseconds === 'number' && (milliseconds | 0) === milliseconds) {
    return milliseconds < 0 ? FOREVER : milliseconds;
  }
  const limit = time('timeout', milliseconds, {
    unit: 'milliseconds',
    least: -Infinity,
    most: Infinity,
  });
  const whole = limit < 0 ? Math.floor(limit) : Math.ceil(limit);
  return wholeMilliseconds(whole, `${INT_MAX} milliseconds`, milliseconds);
}

/** epoll's timeout: seconds to milliseconds, rounded up; if the result is negative, for ever. */
export function epollTimeout(seconds: number | null | undefined): number {
  if (seconds === 0) return 0;
  const limit = time('timeout', seconds, { least: -Infinity, most: Infinity });
  // As in CPython: to nanoseconds away from zero, then up to milliseconds. So -0.0005 becomes 0.
  const nanoseconds = limit < 0 ? Math.floor(limit * 1e9) : Math.ceil(limit * 1e9);
  return wholeMilliseconds(Math.ceil(nanoseconds / 1e6), `${INT_MAX / 1000} seconds`, seconds);
}

/** Milliseconds in the form of poll(2) and epoll_wait(2): -1 for ever. */
function wholeMilliseconds(whole: number, most: string, given: unknown): number {
  // undefined, null, Infinity, -Infinity. Not `whole`, which is infinite also for 1e300.
  if (!Number.isFinite(given)) return FOREVER;
  if (whole > INT_MAX || whole < -INT_MAX - 1)
    throw rangeError('timeout', `at most ${most}`, given);
  return whole < 0 ? FOREVER : Math.abs(whole); // not -0
}

/** A selector's timeout in seconds: negative becomes 0; null: for ever. */
export function selectorTimeout(seconds: unknown, longest: number): number | null {
  const limit = time('timeout', seconds, { least: -Infinity, most: longest });
  return limit === Infinity ? null : Math.max(limit, 0);
}

/** A socket's timeout in seconds: not negative; null: for ever. */
export function socketTimeout(name: string, seconds: unknown): number | null {
  const limit = time(name, seconds);
  return limit === Infinity ? null : limit;
}
