/** Terminals: isatty, ttyname, openpty. */
import { native } from '../native/index.js';
import { check, type FileDescriptorLike, fileno } from '../values/index.js';

const PATH_MAX = 4096;

/**
 * Whether a file descriptor is a terminal; false if it is closed.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.isatty and isatty(3).
 * @param fd - any number
 * @returns whether it is one
 * @throws TypeError, RangeError for a value that is not a file descriptor
 * @platform POSIX
 */
export function isatty(fd: FileDescriptorLike): boolean {
  return native.isatty(fileno(fd)) === 1;
}

/**
 * The path of a terminal, such as `/dev/pts/3`.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.ttyname and ttyname(3).
 * @param fd - of a terminal
 * @returns the path
 * @throws OSError `ENOTTY` if it is not a terminal; `ENODEV` if it has no path here; `EBADF`
 * @platform POSIX
 */
export function ttyname(fd: FileDescriptorLike): string {
  const name = Buffer.alloc(PATH_MAX);
  return name.toString('utf8', 0, check(native.ttyname(fileno(fd), name), 'ttyname'));
}

/**
 * A new pseudo-terminal. Data written to one side is read from the other; a program on the slave
 * side sees a terminal. Both close on exec, and neither becomes this process's controlling terminal.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.openpty and pty(7).
 * @returns the controlling side, and the side of the program
 * @throws OSError `EMFILE`, `ENOSPC` if there are too many
 * @platform POSIX
 */
export function openpty(): [master: number, slave: number] {
  const fds: number[] = [];
  check(native.openpty(fds), 'openpty');
  return fds as [number, number];
}
