/** Counters and timers as file descriptors: eventfd, timerfd. */
import { errnoNumber, native } from '../native/index.js';
import {
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  OSError,
  rangeError,
  toOptions,
  typeError,
  UINT_MAX,
} from '../values/index.js';
import { EFD_CLOEXEC, TFD_CLOEXEC } from './constants.js';

const UINT64_MAX = 2n ** 64n - 1n;

/** The most seconds that fit in 64 bits of nanoseconds. */
const MAX_SECONDS = 9223372036;

/**
 * A counter of 64 bits that is readable while it is not 0. It closes on exec, even without
 * `EFD_CLOEXEC` in `flags`.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.eventfd and eventfd(2).
 * @param initval - from 0 to 2^32 - 1
 * @param flags - `EFD_NONBLOCK`, `EFD_SEMAPHORE`, or both
 * @returns the file descriptor
 * @throws OSError `EINVAL` for other flags, `EMFILE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function eventfd(initval: number, flags: number = EFD_CLOEXEC): number {
  const initial = integer('initval', initval, 0, UINT_MAX);
  return check(native.eventfd(initial, integer('flags', flags, 0, INT_MAX)), 'eventfd');
}

/**
 * Reads a counter and sets it to 0; with `EFD_SEMAPHORE` reads 1 and subtracts 1. Waits while it is
 * 0; in a worker at most until the worker ends.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.eventfd_read
 * @param fd - of {@link eventfd}
 * @returns the value before
 * @throws OSError `EAGAIN` if a non-blocking one is 0; `EINVAL` if it is not a counter; `EBADF`
 * @platform Linux
 */
export function eventfdRead(fd: FileDescriptorLike): bigint {
  const count = Buffer.alloc(8);
  return countOf(count, check(native.readv(fileno(fd), [count]), 'read'));
}

/**
 * The value in the 8 bytes that were read from a counter.
 * @internal
 * @throws OSError `EINVAL` if fewer bytes were read: it is no counter
 */
export function countOf(count: Buffer, size: number): bigint {
  if (size !== count.length) throw new OSError(errnoNumber('EINVAL'), 'read');
  return new BigUint64Array(count.buffer, count.byteOffset, 1)[0] as bigint;
}

/**
 * A value as the 8 bytes to write to a counter.
 * @internal
 * @throws TypeError, RangeError for a value that does not fit
 */
export function toCount(value: bigint | number): Uint8Array {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw typeError('value', 'an integer or a bigint', value);
  }
  if (typeof value === 'number') integer('value', value, 0, Number.MAX_SAFE_INTEGER);
  const count = BigInt(value);
  if (count < 0n || count > UINT64_MAX) throw rangeError('value', 'from 0 to 2^64 - 1', value);
  return new Uint8Array(BigUint64Array.of(count).buffer);
}

/**
 * Adds to a counter. Waits while the sum would be greater than 2^64 - 2.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.eventfd_write
 * @param fd - of {@link eventfd}
 * @param value - from 0 to 2^64 - 2
 * @throws OSError `EAGAIN` if a non-blocking one would have to wait; `EINVAL` for 2^64 - 1; `EBADF`
 * @throws TypeError for another type, RangeError for a negative value, a fraction or 2^64 and more
 * @platform Linux
 */
export function eventfdWrite(fd: FileDescriptorLike, value: bigint | number): void {
  const number = fileno(fd);
  check(native.writev(number, [toCount(value)]), 'write');
}

/** Options of {@link timerfdCreate}. */
export interface TimerfdCreateOptions {
  /** `TFD_NONBLOCK` or 0, the default; `TFD_CLOEXEC` is always added. */
  flags?: number | undefined;
}

/**
 * A timer that is readable when it has expired. Reading it (`read(fd, 8)`) gives the number of times
 * that it has expired since the last reading, as 64 bits in the machine's byte order. It closes on
 * exec.
 *
 * Mirrors https://docs.python.org/3.13/library/os.html#os.timerfd_create and timerfd_create(2).
 * @param clockid - such as `CLOCK_MONOTONIC`, `CLOCK_REALTIME`
 * @param options - `flags`, see {@link TimerfdCreateOptions}
 * @returns the file descriptor
 * @throws OSError `EINVAL` for another clock or flag, `EMFILE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function timerfdCreate(clockid: number, options: TimerfdCreateOptions = {}): number {
  const clock = integer('clockid', clockid, -INT_MAX - 1, INT_MAX);
  const { flags = TFD_CLOEXEC } = toOptions(options);
  return check(native.timerfdCreate(clock, integer('flags', flags, 0, INT_MAX)), 'timerfd_create');
}

/** Options of {@link timerfdSettime}. */
export interface TimerfdSettimeOptions {
  /** `TFD_TIMER_ABSTIME`: `initial` is a time of the clock; `TFD_TIMER_CANCEL_ON_SET`; default 0. */
  flags?: number | undefined;
  /** Seconds until it expires first; 0, the default, stops it, with any `interval`. */
  initial?: number | undefined;
  /** Seconds between that and each further time; 0, the default: it expires once. */
  interval?: number | undefined;
}

/** Seconds in nanoseconds, rounded up: a timer is never early, and a small time does not stop it. */
function toNanoseconds(name: string, seconds: unknown): number {
  if (typeof seconds !== 'number') throw typeError(name, 'a number of seconds', seconds);
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
    throw rangeError(name, `from 0 to ${MAX_SECONDS} seconds`, seconds);
  }
  return Math.ceil(seconds * 1e9);
}

type TimerSetting = [remaining: number, interval: number];

function toSeconds(setting: number[]): TimerSetting {
  return setting.map((nanoseconds) => nanoseconds / 1e9) as TimerSetting;
}

/**
 * Starts or stops a timer.
 *
 * Mirrors https://docs.python.org/3.13/library/os.html#os.timerfd_settime and timerfd_settime(2).
 * @param fd - of {@link timerfdCreate}
 * @param options - `initial` and `interval` in seconds, see {@link TimerfdSettimeOptions}
 * @returns the former setting in seconds: the remaining time, and the interval
 * @throws OSError `EINVAL` if it is not a timer, or for a flag that the kernel does not know;
 *   `EBADF`
 * @throws TypeError, RangeError for a time outside 0 to 9223372036 seconds
 * @platform Linux
 */
export function timerfdSettime(
  fd: FileDescriptorLike,
  options: TimerfdSettimeOptions = {},
): TimerSetting {
  const number = fileno(fd);
  const { flags = 0, initial = 0, interval = 0 } = toOptions(options);
  const bits = integer('flags', flags, 0, INT_MAX);
  const first = toNanoseconds('initial', initial);
  const next = toNanoseconds('interval', interval);
  const former: number[] = [];
  check(native.timerfdSettime(number, bits, first, next, former), 'timerfd_settime');
  return toSeconds(former);
}

/**
 * The setting of a timer.
 *
 * Mirrors https://docs.python.org/3.13/library/os.html#os.timerfd_gettime and timerfd_gettime(2).
 * @param fd - of {@link timerfdCreate}
 * @returns in seconds: the remaining time, 0 if it is stopped, and the interval
 * @throws OSError `EINVAL` if it is not a timer; `EBADF`
 * @platform Linux
 */
export function timerfdGettime(fd: FileDescriptorLike): TimerSetting {
  const setting: number[] = [];
  check(native.timerfdGettime(fileno(fd), setting), 'timerfd_gettime');
  return toSeconds(setting);
}
