/**
 * `fdselect/fcntl`: fcntl(2) and ioctl(2) with any command, and locks on files.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html
 */
import { native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  rangeError,
  toBytes,
  typeError,
  UINT_MAX,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { throwIfAborted } from '../waits/internal.js';
import { F_OFD_SETLK, F_OFD_SETLKW, F_SETLK, F_SETLKW } from './constants.js';
import { locked } from './locks.js';

export * from './constants.js';
export { flock, flockAsync, lockf, lockfAsync } from './locks.js';

/** The maximum length of a structure: the size of the addon's copy. */
const MOST_BYTES = 1024;

/** An integer of 32 bits, signed or unsigned, as C takes it. */
function int32(name: string, value: unknown): number {
  return integer(name, value, -INT_MAX - 1, UINT_MAX) | 0;
}

/** A copy of a structure, so that the caller's memory is not changed. */
function copyOf(arg: BytesLike): Buffer {
  const bytes = toBytes('arg', arg);
  if (bytes.length > MOST_BYTES) {
    throw rangeError('arg', `at most ${MOST_BYTES} bytes`, arg);
  }
  return Buffer.from(bytes);
}

/**
 * Makes a system call on an open file: gets and sets flags, locks, owners, pipe sizes.
 *
 * `F_SETFL` changes the open file, which other processes may share. Child processes inherit the file
 * descriptor of `F_DUPFD`, but not that of `F_DUPFD_CLOEXEC`. In a worker a command that waits for a
 * lock ends when the worker does; the kernel does not detect deadlocks (`EDEADLK`) there.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.fcntl and fcntl(2).
 * @param fd - of any open file
 * @param cmd - such as `F_GETFL`
 * @param arg - an integer of 32 bits, default 0; or a structure of at most 1024 bytes, which is not
 *   changed
 * @returns the result of the call; for a structure a new Buffer with the changed structure
 * @throws OSError `EBADF`, `EINVAL`; `EAGAIN` or `EACCES` for a lock that another process holds
 * @throws RangeError for a structure of more than 1024 bytes
 * @platform POSIX
 */
export function fcntl(fd: FileDescriptorLike, cmd: number, arg?: number): number;
export function fcntl(fd: FileDescriptorLike, cmd: number, arg: BytesLike): Buffer;
export function fcntl(
  fd: FileDescriptorLike,
  cmd: number,
  arg: number | BytesLike = 0,
): number | Buffer {
  const number = fileno(fd);
  const command = integer('cmd', cmd, -INT_MAX - 1, INT_MAX);
  const value: number[] = [];
  if (typeof arg === 'number') {
    check(native.fcntl(number, command, int32('arg', arg), value), 'fcntl');
    return value[0] as number;
  }
  const bytes = copyOf(arg);
  check(native.fcntl(number, command, bytes, value), 'fcntl');
  return bytes;
}

/**
 * Makes a system call on a device.
 *
 * A structure of at most 1024 bytes is copied to and from memory with that much room, so that a
 * wrong request does not write past it; a longer one is used in place.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.ioctl and ioctl(2).
 * @param fd - of an open device, terminal or socket
 * @param request - 32 bits, signed or not, such as `TIOCGWINSZ` of `fdselect/tty`
 * @param arg - an integer of 32 bits, default 0; or a structure
 * @param mutate - whether the structure is changed; default true. If false, it may have at most 1024
 *   bytes and is not changed
 * @returns the result of the call; for a structure with `mutate` false a new Buffer with the changed
 *   structure
 * @throws OSError `ENOTTY` if the device has no such request; `EBADF`, `EFAULT`, `EINVAL`
 * @throws RangeError with `mutate` false for a structure of more than 1024 bytes
 * @platform POSIX
 */
export function ioctl(
  fd: FileDescriptorLike,
  request: number,
  arg?: number | BytesLike,
  mutate?: true,
): number;
export function ioctl(
  fd: FileDescriptorLike,
  request: number,
  arg: BytesLike,
  mutate: boolean,
): number | Buffer;
export function ioctl(
  fd: FileDescriptorLike,
  request: number,
  arg: number | BytesLike = 0,
  mutate = true,
): number | Buffer {
  const number = fileno(fd);
  const bits = int32('request', request) >>> 0;
  if (typeof mutate !== 'boolean') throw typeError('mutate', 'a boolean', mutate);
  const value: number[] = [];
  if (typeof arg === 'number') {
    check(native.ioctl(number, bits, int32('arg', arg), value), 'ioctl');
    return value[0] as number;
  }
  const bytes = mutate ? toBytes('arg', arg) : copyOf(arg);
  check(native.ioctl(number, bits, bytes, value), 'ioctl');
  return mutate ? (value[0] as number) : (bytes as Buffer);
}

/** For each command that waits for a lock, the command that only tries. */
const ATTEMPTS = new Map([
  [F_SETLKW, F_SETLK],
  [F_OFD_SETLKW, F_OFD_SETLK],
]);

/**
 * {@link fcntl} without blocking the thread, for `F_SETLKW` and `F_OFD_SETLKW`: it tries every
 * 10 ms, because the kernel does not report when a lock is free. So the kernel does not detect
 * deadlocks (`EDEADLK`). Other commands are run at once.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.fcntl and fcntl(2).
 * @param fd - of an open file
 * @param cmd - such as `F_OFD_SETLKW`
 * @param arg - a structure of at most 1024 bytes, which is not changed
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and nothing
 *   is locked
 * @returns a promise for the result of {@link fcntl}; rejected with its errors
 * @platform POSIX
 */
export async function fcntlAsync(
  fd: FileDescriptorLike,
  cmd: number,
  arg: BytesLike,
  options?: WaitOptions,
): Promise<Buffer> {
  const number = fileno(fd);
  const attempt = ATTEMPTS.get(cmd);
  const bytes = copyOf(arg);
  if (attempt !== undefined) return await locked(options, () => fcntl(number, attempt, bytes));
  throwIfAborted(options);
  return fcntl(number, cmd, bytes);
}
