/**
 * `fdselect/fcntl`: fcntl(2), ioctl(2) and flock(2) with whatever command.
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

export * from './constants.js';

/** What a structure may be long: the addon's copy of it has so much room. */
const MOST_BYTES = 1024;

/** An integer of 32 bits, signed or not, as C takes it. */
function int32(name: string, value: unknown): number {
  return integer(name, value, -INT_MAX - 1, UINT_MAX) | 0;
}

/** A structure in memory of its own, so that what the caller gave stays. */
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
 * `F_SETFL` changes the open file, which other processes may share. `F_DUPFD` makes a file descriptor
 * that child processes inherit, as the kernel does; `F_DUPFD_CLOEXEC` does not. In a worker a command
 * that waits for a lock ends when the worker does; the kernel sees no deadlock (`EDEADLK`) there.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.fcntl and fcntl(2).
 * @param cmd - such as `F_GETFL`
 * @param arg - an integer of 32 bits, default 0; or a structure, at most 1024 bytes, which stays as
 *   it is
 * @returns what the call returns; for a structure a new Buffer with what has become of it
 * @throws OSError `EBADF`, `EINVAL`; `EAGAIN` or `EACCES` for a lock that another one holds
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
 * A structure of at most 1024 bytes is copied to and from memory with that much room, so that a wrong
 * request does not write past it; a longer one is used in place.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.ioctl and ioctl(2).
 * @param request - 32 bits, signed or not, such as `TIOCGWINSZ` of `fdselect/tty`
 * @param arg - an integer of 32 bits, default 0; or a structure
 * @param mutate - whether the structure is changed; default true. Otherwise it may have at most 1024
 *   bytes, and stays as it is
 * @returns what the call returns; with `mutate` false, for a structure, a new Buffer with what has
 *   become of it
 * @throws OSError `ENOTTY` where the device has no such request; `EBADF`, `EFAULT`, `EINVAL`
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

/**
 * Locks or unlocks a whole file. The lock belongs to the open file, and so to every duplicate of the
 * file descriptor; it ends when the last of them is closed. Waits while another one holds a lock, in a
 * worker until the worker ends.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.flock and flock(2).
 * @param operation - `LOCK_SH`: others may share it; `LOCK_EX`: no other; `LOCK_UN`: unlock; with
 *   `LOCK_NB` it does not wait
 * @throws OSError `EAGAIN` where it may not wait, `EBADF`, `EINVAL`
 * @platform POSIX
 */
export function flock(fd: FileDescriptorLike, operation: number): void {
  const number = fileno(fd);
  check(native.flock(number, integer('operation', operation, -INT_MAX - 1, INT_MAX)), 'flock');
}
