/**
 * `fdselect/os`: the calls of Python's `os` for file descriptors that `node:fs` lacks.
 *
 * A file descriptor that a function of this package has opened in a worker is closed when the worker
 * ends. To keep it open, `detach()` it (a Socket), take it over in another thread (with
 * `new Socket(…, fd)` or `Epoll.fromfd`), or duplicate it there with {@link dup} before the worker
 * ends. The last thread that has opened a number or taken it over is its owner. If the number was
 * closed in another way and is in use again, it stays open; but a new epoll set, eventfd or the like
 * under that number looks like the former one, so close these with this package.
 */

import { native } from '../native/index.js';
import {
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  type PathLike,
  toPath,
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
export * from './fd.js';
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
 * Closes `fd2` and makes it a duplicate of `fd`. As in Python, child processes inherit it. Promises
 * that wait for `fd2` then wait for the new file.
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
 * Opens a file; it closes on exec. `node:fs` does the same, but in Deno only `node:fs` may close the
 * files that it has opened: otherwise Deno later gives out the closed number again.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.open and open(2).
 * @param path - a string in UTF-8, or the bytes
 * @param flags - of `fs.constants`, such as `O_RDWR | O_CREAT`; default O_RDONLY
 * @param mode - the permissions of a new file, minus the umask
 * @returns the file descriptor
 * @throws OSError `ENOENT`, `EACCES`, …
 * @platform POSIX
 */
export function open(path: PathLike, flags = 0, mode = 0o777): number {
  const bytes = toPath('path', path);
  const bits = integer('flags', flags, 0, INT_MAX);
  return check(native.open(bytes, bits, integer('mode', mode, 0, 0o7777)), 'open');
}
