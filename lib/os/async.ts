/** The calls of `fdselect/os` that wait without blocking the thread. */
import { errnoNumber, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  OSError,
  rangeError,
} from '../values/index.js';
import { POLLIN, POLLOUT, type WaitOptions } from '../waits/index.js';
import { orNotYet, signalOf, throwIfAborted, whenReady, withPauses } from '../waits/internal.js';
import { WNOHANG, WUNTRACED } from './constants.js';
import { countOf, toCount } from './event-fd.js';
import { toBuffers } from './file.js';

const EINVAL = errnoNumber('EINVAL');

/** The most buffers that readv(2) and writev(2) take; _SC_IOV_MAX. */
const MOST_BUFFERS = 1024;

/** The signal of the options. @throws its reason if it is already aborted */
function begun(options: WaitOptions | undefined): AbortSignal | undefined {
  throwIfAborted(options);
  return signalOf(options);
}

/** Copies bytes into several buffers one after the other. */
function scatter(bytes: Uint8Array, buffers: readonly Uint8Array[]): void {
  let begin = 0;
  for (const buffer of buffers) {
    const part = bytes.subarray(begin, begin + buffer.length);
    buffer.set(part);
    begin += part.length;
  }
}

/** The buffers of readv and writev. @throws OSError `EINVAL` for too many, as the kernel */
function buffersOf(buffers: unknown, syscall: string): Uint8Array[] {
  const list = toBuffers(buffers);
  if (list.length > MOST_BUFFERS) throw new OSError(EINVAL, syscall);
  return list;
}

/**
 * `readv` without blocking the thread. It waits even if O_NONBLOCK is set.
 *
 * Mirrors readv(2).
 * @param fd - open for reading
 * @param buffers - filled one after the other; at most 1024
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and no byte
 *   was read
 * @returns a promise for the number of bytes; rejected with the errors of `readv`, and if a buffer
 *   was detached or has shrunk meanwhile; then no byte was read
 * @platform POSIX
 */
export async function readvAsync(
  fd: FileDescriptorLike,
  buffers: Iterable<BytesLike>,
  options?: WaitOptions,
): Promise<number> {
  const number = fileno(fd);
  const list = buffersOf(buffers, 'readv');
  const signal = begun(options);
  const size = list.reduce((sum, { length }) => sum + length, 0);
  if (size === 0) return check(native.readv(number, list), 'readv');
  // One block: a datagram must not be cut where the first buffer ends.
  const block = Buffer.allocUnsafe(size);
  const lengths = list.map(({ length }) => length);
  return await whenReady({ fd: number, events: POLLIN, signal }, () => {
    const changed = list.findIndex((buffer, i) => buffer.length !== lengths[i]);
    if (changed >= 0) throw rangeError(`buffers[${changed}]`, 'as long as before', list[changed]);
    const received = orNotYet(native.readWithin(number, block, 0), 'readv');
    if (received !== null) scatter(block.subarray(0, received), list);
    return received;
  });
}

/**
 * `writev` without blocking the thread. It waits even if O_NONBLOCK is set. It copies the data
 * first.
 *
 * Mirrors writev(2).
 * @param fd - open for writing
 * @param buffers - written one after the other; at most 1024
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and nothing
 *   was written
 * @returns a promise for the number of bytes that were taken, perhaps not all; rejected with the
 *   errors of `writev`
 * @platform POSIX
 */
export async function writevAsync(
  fd: FileDescriptorLike,
  buffers: Iterable<BytesLike>,
  options?: WaitOptions,
): Promise<number> {
  const number = fileno(fd);
  const data = Buffer.concat(buffersOf(buffers, 'writev'));
  const signal = begun(options);
  if (data.length === 0) return check(native.writev(number, []), 'writev');
  return await whenReady({ fd: number, events: POLLOUT, signal }, () =>
    orNotYet(native.writeWithin(number, data, 0, 0), 'writev'),
  );
}

/**
 * `eventfdRead` without blocking the thread. It waits even if EFD_NONBLOCK is set.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.eventfd_read
 * @param fd - of `eventfd`
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and the
 *   counter stays
 * @returns a promise for the value; rejected with the errors of `eventfdRead`
 * @platform Linux
 */
export async function eventfdReadAsync(
  fd: FileDescriptorLike,
  options?: WaitOptions,
): Promise<bigint> {
  const number = fileno(fd);
  const signal = begun(options);
  const count = Buffer.alloc(8);
  const size = await whenReady({ fd: number, events: POLLIN, signal }, () =>
    orNotYet(native.readWithin(number, count, 0), 'read'),
  );
  return countOf(count, size);
}

/**
 * `eventfdWrite` without blocking the thread. It waits even if EFD_NONBLOCK is set.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.eventfd_write
 * @param fd - of `eventfd`
 * @param value - from 0 to 2^64 - 2
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and the
 *   counter stays
 * @returns a promise; rejected with the errors of `eventfdWrite`
 * @platform Linux
 */
export async function eventfdWriteAsync(
  fd: FileDescriptorLike,
  value: bigint | number,
  options?: WaitOptions,
): Promise<void> {
  const number = fileno(fd);
  const count = toCount(value);
  const signal = begun(options);
  // The kernel reports a counter as writable if 1 can be added, which may be less than `value`.
  await withPauses(signal, () => orNotYet(native.writeWithin(number, count, 0, 0), 'write'));
}

/**
 * `waitpid` without blocking the thread.
 *
 * The event loop runs meanwhile, and Node itself takes the status of children of
 * `node:child_process`: then this is rejected with `ECHILD`. For those use their `'exit'` event.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.waitpid and waitpid(2).
 * @param pid - as in `waitpid`
 * @param options - as in `waitpid`
 * @param waitOptions - `signal`: if it is aborted, the promise is rejected with its reason, and no
 *   status was taken
 * @returns a promise for the result of `waitpid`; rejected with its errors
 * @platform POSIX; without pidfd_open(2), and for a pid that is not one process, it tries every 10
 *   ms
 */
export async function waitpidAsync(
  pid: number,
  options: number,
  waitOptions?: WaitOptions,
): Promise<[pid: number, status: number]> {
  const number = integer('pid', pid, -INT_MAX - 1, INT_MAX);
  const bits = integer('options', options, -INT_MAX - 1, INT_MAX);
  const signal = begun(waitOptions);
  const attempt = (): [number, number] | null => {
    const status: number[] = [];
    const child = check(native.waitpid(number, bits | WNOHANG, status), 'waitpid');
    if (child === 0) return (bits & WNOHANG) === 0 ? null : [0, 0];
    return [child, status[0] as number];
  };
  // A pidfd reports the end of its process, but not a stop.
  const isEndOfOne = number > 0 && (bits & ~WNOHANG & WUNTRACED) === 0;
  const end = isEndOfOne ? native.pidfdOpen(number, 0) : -1;
  if (end < 0) return await withPauses(signal, attempt);
  try {
    return await whenReady({ fd: end, events: POLLIN, signal }, attempt);
  } finally {
    native.close(end);
  }
}
