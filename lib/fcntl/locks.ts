/** Locks on files: flock(2), which locks open files, and fcntl(2), which locks for a process. */
import { native } from '../native/index.js';
import {
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  OSError,
  rangeError,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { signalOf, throwIfAborted, withPauses } from '../waits/internal.js';
import { F_RDLCK, F_UNLCK, F_WRLCK, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from './constants.js';

/**
 * Locks or unlocks a whole file. The lock belongs to the open file, and so to every duplicate of the
 * file descriptor; it ends when the last of them is closed. Waits while another open file holds a lock,
 * in a worker at most until the worker ends.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.flock and flock(2).
 * @param fd - of an open file
 * @param operation - `LOCK_SH`: a shared lock; `LOCK_EX`: an exclusive lock; `LOCK_UN`: unlock; with
 *   `LOCK_NB` it does not wait
 * @throws OSError `EAGAIN` if it may not wait, `EBADF`, `EINVAL`
 * @platform POSIX
 */
export function flock(fd: FileDescriptorLike, operation: number): void {
  const number = fileno(fd);
  check(native.flock(number, integer('operation', operation, -INT_MAX - 1, INT_MAX)), 'flock');
}

/** The arguments of the addon's lockf: fd, whether it waits, type of the lock, start, length, whence. */
function recordLock(
  fd: FileDescriptorLike,
  cmd: unknown,
  len: unknown,
  start: unknown,
  whence: unknown,
): Parameters<typeof native.lockf> {
  const number = fileno(fd);
  const bits = integer('cmd', cmd, -INT_MAX - 1, INT_MAX);
  let type: number;
  if (bits === LOCK_UN) type = F_UNLCK;
  else if ((bits & LOCK_SH) !== 0) type = F_RDLCK;
  else if ((bits & LOCK_EX) !== 0) type = F_WRLCK;
  else throw rangeError('cmd', 'LOCK_UN, or LOCK_SH or LOCK_EX, perhaps with LOCK_NB', cmd);
  return [
    number,
    (bits & LOCK_NB) === 0 ? 1 : 0,
    type,
    integer('start', start, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    integer('len', len, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    integer('whence', whence, 0, 2),
  ];
}

/**
 * Locks or unlocks a part of a file. The lock belongs to the process: it ends when the process closes
 * any file descriptor of that file, and the process's own locks never conflict. Waits while another
 * process holds a lock, in a worker at most until the worker ends; the kernel does not detect deadlocks
 * (`EDEADLK`) there.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.lockf and fcntl(2), "Advisory record
 * locking".
 * @param fd - of an open file
 * @param cmd - `LOCK_SH`: a shared lock, of a file that is open for reading; `LOCK_EX`: an exclusive
 *   lock, of one that is open for writing; with `LOCK_NB` it does not wait; `LOCK_UN`: unlock
 * @param len - bytes; default 0: up to the end, wherever it will be
 * @param start - the first byte, counted from `whence`; default 0
 * @param whence - 0, the default: from the beginning; 1: from the file's position; 2: from its end, as
 *   `SEEK_SET`, `SEEK_CUR` and `SEEK_END` of `fdselect/os`
 * @throws OSError `EAGAIN` or `EACCES` if it may not wait, `EBADF` also for a file that is not open in
 *   the right direction, `EINVAL`
 * @platform POSIX
 */
export function lockf(fd: FileDescriptorLike, cmd: number, len = 0, start = 0, whence = 0): void {
  check(native.lockf(...recordLock(fd, cmd, len, start, whence)), 'fcntl');
}

/** Whether an error means that another process holds the lock; fcntl(2) has two such errors. */
function isHeld(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof OSError && (code === 'EAGAIN' || code === 'EACCES');
}

/** Repeats a call that takes a lock or throws, until it has the lock. */
export async function locked<T>(options: WaitOptions | undefined, lock: () => T): Promise<T> {
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

/**
 * {@link flock} without blocking the thread: it tries every 10 ms, because the kernel does not
 * report when a lock is free.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.flock and flock(2).
 * @param fd - of an open file
 * @param operation - as for {@link flock}
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and nothing
 *   is locked
 * @returns a promise; rejected with the errors of {@link flock}, with `LOCK_NB` also with `EAGAIN`
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

/**
 * {@link lockf} without blocking the thread: it tries every 10 ms, because the kernel does not report
 * when a lock is free.
 *
 * Mirrors https://docs.python.org/3/library/fcntl.html#fcntl.lockf and fcntl(2).
 * @param fd - of an open file
 * @param cmd - as for {@link lockf}
 * @param len - bytes, as for {@link lockf}
 * @param start - bytes, as for {@link lockf}
 * @param whence - as for {@link lockf}
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and nothing
 *   is locked
 * @returns a promise; rejected with the errors of {@link lockf}
 * @platform POSIX
 */
export async function lockfAsync(
  fd: FileDescriptorLike,
  cmd: number,
  len = 0,
  start = 0,
  whence = 0,
  options?: WaitOptions,
): Promise<void> {
  const [number, waits, ...lock] = recordLock(fd, cmd, len, start, whence);
  const attempt = () => void check(native.lockf(number, 0, ...lock), 'fcntl');
  if (waits === 1) return await locked(options, attempt);
  throwIfAborted(options);
  attempt();
}
