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
  OSError,
  rangeError,
  toBytes,
  typeError,
  UINT_MAX,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { signalOf, throwIfAborted, withPauses } from '../waits/internal.js';
import { F_OFD_SETLK, F_OFD_SETLKW, F_SETLK, F_SETLKW, LOCK_NB } from './constants.js';

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

/** Whether an error says that another one holds the lock; fcntl(2) may say either. */
function isHeld(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof OSError && (code === 'EAGAIN' || code === 'EACCES');
}

/** Makes a call that takes a lock or throws, until it has the lock. */
async function locked<T>(options: WaitOptions | undefined, lock: () => T): Promise<T> {
  throwIfAborted(options);
  const answer = await withPauses(signalOf(options), () => {
    try {
      return { value: lock() };
    } catch (error) {
      if (isHeld(error)) return null;
      throw error;
    }
  });
  return answer.value;
}

/** The command that tries what a waiting command waits for. */
const ATTEMPTS = new Map([
  [F_SETLKW, F_SETLK],
  [F_OFD_SETLKW, F_OFD_SETLK],
]);

/**
 * {@link fcntl} without blocking the thread, for `F_SETLKW` and `F_OFD_SETLKW`: it tries every 10 ms,
 * as the kernel does not report that a lock is free. So the kernel sees no deadlock (`EDEADLK`). Other
 * commands are made at once.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.fcntl and fcntl(2).
 * @param options - `signal`: aborted, the promise is rejected with its reason, and nothing is locked
 * @returns a promise of what {@link fcntl} returns; rejected as it throws
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

/**
 * {@link flock} without blocking the thread: it tries every 10 ms, as the kernel does not report that a
 * lock is free.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.flock and flock(2).
 * @param options - `signal`: aborted, the promise is rejected with its reason, and nothing is locked
 * @returns a promise; rejected as {@link flock} throws, with `LOCK_NB` also with `EAGAIN`
 * @platform POSIX
 */
export async function flockAsync(
  fd: FileDescriptorLike,
  operation: number,
  options?: WaitOptions,
): Promise<void> {
  const number = fileno(fd);
  const bits = integer('operation', operation, -INT_MAX - 1, INT_MAX);
  if ((bits & LOCK_NB) === 0) return await locked(options, () => flock(number, bits | LOCK_NB));
  throwIfAborted(options);
  flock(number, bits);
}
