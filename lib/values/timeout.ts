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

/** What a time argument may be. */
interface TimeLimits {
  /** By default seconds. */
  unit?: 'seconds' | 'milliseconds';
  /** By default 0; a smaller one is a RangeError. */
  least?: number;
  /** By default {@link MAX_SECONDS}; a greater one but Infinity is a RangeError. */
  most?: number;
}

/**
 * The one check of a time that users hand in, whatever it is for.
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

/** poll's timeout: milliseconds to whole milliseconds; any negative one is for ever. */
export function pollTimeout(milliseconds: number | null | undefined): number {
  // The int32 test is both the common case and the quickest. `|` throws for a bigint.
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

/** epoll's timeout: seconds to whole milliseconds; a negative one is for ever, once rounded. */
export function epollTimeout(seconds: number | null | undefined): number {
  if (seconds === 0) return 0;
  const limit = time('timeout', seconds, { least: -Infinity, most: Infinity });
  // As CPython: to nanoseconds away from zero, then to milliseconds upwards, so that what is
  // above -1 ms is 0.
  const nanoseconds = limit < 0 ? Math.floor(limit * 1e9) : Math.ceil(limit * 1e9);
  return wholeMilliseconds(Math.ceil(nanoseconds / 1e6), `${INT_MAX / 1000} seconds`, seconds);
}

/** Milliseconds as poll(2) and epoll_wait(2) take them. */
function wholeMilliseconds(whole: number, most: string, given: unknown): number {
  // undefined, null, Infinity, -Infinity. Not asked of `whole`, which is infinite for 1e300, too.
  if (!Number.isFinite(given)) return FOREVER;
  if (whole > INT_MAX || whole < -INT_MAX - 1)
    throw rangeError('timeout', `at most ${most}`, given);
  return whole < 0 ? FOREVER : Math.abs(whole); // not -0
}

/** A selector's timeout in seconds: what is not positive is 0, null is for ever. */
export function selectorTimeout(seconds: unknown, longest: number): number | null {
  const limit = time('timeout', seconds, { least: -Infinity, most: longest });
  return limit === Infinity ? null : Math.max(limit, 0);
}

/** A socket's timeout in seconds: not negative; null is for ever. */
export function socketTimeout(name: string, seconds: unknown): number | null {
  const limit = time(name, seconds);
  return limit === Infinity ? null : limit;
}
