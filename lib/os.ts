/** `fdselect/os`: what Python's `os` can do with file descriptors and `node:fs` cannot. */
import { check, typeError } from './errors.js';
import { type FileDescriptorLike, fileno } from './fileno.js';
import { native } from './native.js';

/**
 * A new pipe; both ends are blocking and close on exec. `node:fs` reads, writes and closes them.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.pipe and pipe(2).
 * @returns the reading and the writing end
 * @throws OSError such as `EMFILE`
 * @platform POSIX
 */
export function pipe(): [r: number, w: number] {
  const fds: number[] = [];
  check(native.pipe(fds), 'pipe');
  return fds as [number, number];
}

/**
 * A duplicate of a file descriptor, which closes on exec.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.dup and dup(2).
 * @throws OSError `EBADF`, `EMFILE`
 * @platform POSIX
 */
export function dup(fd: FileDescriptorLike): number {
  return check(native.dup(fileno(fd)), 'dup');
}

/**
 * Makes `fd2` a duplicate of `fd`, after closing what it was. As in Python, child processes
 * inherit it.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.dup2 and dup2(2).
 * @returns `fd2`
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function dup2(fd: FileDescriptorLike, fd2: FileDescriptorLike): number {
  return check(native.dup2(fileno(fd), fileno(fd2)), 'dup2');
}

/**
 * Sets or clears O_NONBLOCK. The flag belongs to the open file and so to every duplicate of the
 * file descriptor, in other processes too.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.set_blocking and fcntl(2).
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function setBlocking(fd: FileDescriptorLike, blocking: boolean): void {
  const number = fileno(fd);
  if (typeof blocking !== 'boolean') throw typeError('blocking', 'a boolean', blocking);
  check(native.setBlocking(number, blocking ? 1 : 0), 'fcntl');
}

/**
 * Whether O_NONBLOCK is clear.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.get_blocking and fcntl(2).
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function getBlocking(fd: FileDescriptorLike): boolean {
  return check(native.getBlocking(fileno(fd)), 'fcntl') === 1;
}
