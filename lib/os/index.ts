/**
 * `fdselect/os`: what Python's `os` can do with file descriptors and `node:fs` cannot.
 *
 * A file descriptor that a function of this package has opened in a worker is closed when the worker
 * ends. One that outlives it is `detach()`ed (a Socket), taken over by another thread (by
 * `new Socket(…, fd)`, `Epoll.fromfd`), or duplicated there with {@link dup} before the worker ends.
 * The last thread that has opened a number or taken it over is its owner. A number that was closed in
 * another way and is in use again is left alone; but an epoll set, an eventfd or the like that
 * something else has opened there cannot be told from the former one, so close these by this package.
 */

import { native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  type PathLike,
  toBytesOrText,
  toPath,
  typeError,
} from '../values/index.js';
import { replaceAndRearm } from '../waits/internal.js';

export * from './async.js';
export * from './constants.js';
export {
  eventfd,
  eventfdRead,
  eventfdWrite,
  type TimerfdCreateOptions,
  type TimerfdSettimeOptions,
  timerfdCreate,
  timerfdGettime,
  timerfdSettime,
} from './event-fd.js';
export {
  getInheritable,
  lseek,
  memfdCreate,
  mkfifo,
  pipe2,
  readv,
  type SpliceOptions,
  sendfile,
  setInheritable,
  splice,
  writev,
} from './file.js';
export * from './process.js';
export * from './terminal.js';

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
 * inherit it. Promises that wait for `fd2` go on with what it has become.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.dup2 and dup2(2).
 * @returns `fd2`
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function dup2(fd: FileDescriptorLike, fd2: FileDescriptorLike): number {
  const source = fileno(fd);
  const target = fileno(fd2, 'fd2');
  return check(
    replaceAndRearm(target, () => native.dup2(source, target)),
    'dup2',
  );
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

/**
 * Opens a file; it closes on exec. `node:fs` does the same, but what Deno's has opened, only Deno's
 * may close: closed otherwise, its number is given out again though nothing is open there.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.open and open(2).
 * @param path - a string, whose bytes are UTF-8, or the bytes
 * @param flags - of `fs.constants`, such as `O_RDWR | O_CREAT`; default O_RDONLY
 * @param mode - of a new file, less the umask
 * @throws OSError `ENOENT`, `EACCES`, …
 * @platform POSIX
 */
export function open(path: PathLike, flags = 0, mode = 0o777): number {
  const bytes = toPath('path', path);
  const bits = integer('flags', flags, 0, INT_MAX);
  return check(native.open(bytes, bits, integer('mode', mode, 0, 0o7777)), 'open');
}

/**
 * Reads once, at most `size` bytes; may block, and the end of a worker ends that (Node on Linux). `node:fs` does the same, but not in every runtime: Deno's knows
 * only the file descriptors that it has opened itself.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.read and read(2).
 * @returns the bytes; none at the end of the file
 * @throws OSError `EAGAIN` where a non-blocking file descriptor has nothing, `EBADF`, …
 * @platform POSIX
 */
export function read(fd: FileDescriptorLike, size: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(integer('size', size, 0, INT_MAX));
  return buffer.subarray(0, check(native.read(fileno(fd), buffer), 'read'));
}

/**
 * Writes once. On a file descriptor that blocks, that is all of it; the end of a worker ends it (Node
 * on Linux).
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.write and write(2).
 * @param data - bytes; a string is UTF-8
 * @returns how many bytes were taken, perhaps not all
 * @throws OSError `EAGAIN` where a non-blocking file descriptor takes nothing, `EPIPE`, `EBADF`, …
 * @platform POSIX
 */
export function write(fd: FileDescriptorLike, data: BytesLike | string): number {
  return check(native.write(fileno(fd), toBytesOrText('data', data)), 'write');
}

/**
 * Closes a file descriptor.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.close and close(2).
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function close(fd: FileDescriptorLike): void {
  check(native.close(fileno(fd)), 'close');
}
