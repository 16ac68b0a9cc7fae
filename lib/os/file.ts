/**
 * Calls for files that `node:fs` lacks: pipe2, inheritable, lseek, readv, writev, sendfile, splice,
 * …
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
  toBytes,
  toOptions,
  toPath,
  typeError,
  UINT_MAX,
} from '../values/index.js';
import { MFD_CLOEXEC } from './constants.js';

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;

/**
 * A new pipe with flags. Both ends close on exec, even without `O_CLOEXEC` in `flags`.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.pipe2 and pipe2(2).
 * @param flags - `O_NONBLOCK`, `O_CLOEXEC`, `O_DIRECT`, or several of them
 * @returns the reading and the writing end
 * @throws OSError `EINVAL` for other flags, `EMFILE`
 * @platform POSIX; `O_DIRECT` Linux
 */
export function pipe2(flags: number): [r: number, w: number] {
  const fds: number[] = [];
  check(native.pipe2(integer('flags', flags, 0, INT_MAX), fds), 'pipe2');
  return fds as [number, number];
}

/**
 * Whether child processes inherit a file descriptor: FD_CLOEXEC is clear.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.get_inheritable
 * @param fd - of any open file
 * @returns whether they do
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function getInheritable(fd: FileDescriptorLike): boolean {
  return check(native.getInheritable(fileno(fd)), 'fcntl') === 1;
}

/**
 * Sets whether child processes inherit a file descriptor. File descriptors that this package opens
 * are not inheritable at first. Children of `node:child_process` inherit only the ones in `stdio`.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.set_inheritable
 * @param fd - of any open file
 * @param inheritable - true clears FD_CLOEXEC
 * @throws OSError `EBADF`
 * @throws TypeError for a value that is not a boolean
 * @platform POSIX
 */
export function setInheritable(fd: FileDescriptorLike, inheritable: boolean): void {
  const number = fileno(fd);
  if (typeof inheritable !== 'boolean') throw typeError('inheritable', 'a boolean', inheritable);
  check(native.setInheritable(number, inheritable ? 1 : 0), 'fcntl');
}

/**
 * Moves a file's position, where the next read or write begins.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.lseek and lseek(2).
 * @param fd - of a file or a block device
 * @param offset - bytes from the place that `whence` names; may be negative
 * @param whence - `SEEK_SET`: from the beginning; `SEEK_CUR`: from the position; `SEEK_END`: from
 *   the end; on Linux also `SEEK_DATA`, `SEEK_HOLE`
 * @returns the new position, from the beginning
 * @throws OSError `ESPIPE` for a pipe, socket or terminal, `EINVAL` before the beginning, `EBADF`
 * @platform POSIX
 */
export function lseek(fd: FileDescriptorLike, offset: number, whence: number): number {
  const number = fileno(fd);
  const bytes = integer('offset', offset, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
  return check(
    native.lseek(number, bytes, integer('whence', whence, -INT_MAX - 1, INT_MAX)),
    'lseek',
  );
}

/** The items of a list of buffers, all read before the first is used. */
export function toBuffers(buffers: unknown): Uint8Array[] {
  if (
    typeof buffers !== 'object' ||
    buffers === null ||
    ArrayBuffer.isView(buffers) ||
    typeof (buffers as { [Symbol.iterator]?: unknown })[Symbol.iterator] !== 'function'
  ) {
    throw typeError('buffers', 'a list of buffers', buffers);
  }
  const list = [...(buffers as Iterable<unknown>)];
  return list.map((buffer, i) => toBytes(`buffers[${i}]`, buffer));
}

/**
 * Reads once, into several buffers one after the other.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.readv and readv(2). In a worker it ends when
 * the worker does.
 * @param fd - open for reading
 * @param buffers - at most 1024
 * @returns how many bytes were read; 0 at the end of the file
 * @throws OSError `EAGAIN` if a non-blocking file descriptor has nothing; `EINVAL` for more than
 *   1024 buffers; `EBADF`
 * @platform POSIX
 */
export function readv(fd: FileDescriptorLike, buffers: Iterable<BytesLike>): number {
  const number = fileno(fd);
  return check(native.readv(number, toBuffers(buffers)), 'readv');
}

/**
 * Writes once, from several buffers one after the other.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.writev and writev(2). In a worker it ends when
 * the worker does.
 * @param fd - open for writing
 * @param buffers - at most 1024
 * @returns how many bytes were taken; a non-blocking file descriptor may take fewer than all
 * @throws OSError `EAGAIN` if it takes nothing; `EINVAL` for more than 1024 buffers; `EPIPE`,
 *   `EBADF`
 * @platform POSIX
 */
export function writev(fd: FileDescriptorLike, buffers: Iterable<BytesLike>): number {
  const number = fileno(fd);
  return check(native.writev(number, toBuffers(buffers)), 'writev');
}

/** An offset in a file, or null for the file's own position. */
function toOffset(name: string, offset: unknown): number | null {
  return offset === null || offset === undefined
    ? null
    : integer(name, offset, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
}

/**
 * Copies bytes from a file to a socket, pipe or file inside the kernel.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.sendfile and sendfile(2).
 * @param input - a file that can be mapped, not a socket
 * @param offset - where in `input` to begin, without changing its position; null: at its position,
 *   which moves
 * @param count - the maximum number of bytes
 * @returns the number of copied bytes, perhaps not all; 0 at the end of the file
 * @throws OSError `EAGAIN` if a non-blocking `out` takes nothing; `EINVAL`, `EBADF`, `EPIPE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function sendfile(
  out: FileDescriptorLike,
  input: FileDescriptorLike,
  offset: number | null,
  count: number,
): number {
  const [to, from] = [fileno(out, 'out'), fileno(input, 'input')];
  const begin = toOffset('offset', offset);
  return check(
    native.sendfile(to, from, begin, integer('count', count, 0, MAX_SAFE_INTEGER)),
    'sendfile',
  );
}

/** Options of {@link splice}. */
export interface SpliceOptions {
  /** Where in `src` to begin, without changing its position; null or undefined: at its position. */
  offsetSrc?: number | null | undefined;
  /** The same for `dst`. Default: at its position. */
  offsetDst?: number | null | undefined;
  /** `SPLICE_F_MOVE`, `SPLICE_F_NONBLOCK`, `SPLICE_F_MORE`, or several of them; default 0. */
  flags?: number | undefined;
}

/**
 * Moves bytes between two file descriptors inside the kernel; one of them is a pipe.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.splice and splice(2). In a worker it ends when
 * the worker does.
 * @param src - open for reading
 * @param dst - open for writing
 * @param count - the maximum number of bytes
 * @param options - see {@link SpliceOptions}
 * @returns the number of moved bytes, perhaps not all; 0 at the end of `src`
 * @throws OSError `EAGAIN` if it would have to wait and may not; `EINVAL` if neither is a pipe;
 *   `ESPIPE` for an offset in a pipe; `EBADF`
 * @throws RangeError for a negative count or offset; TypeError
 * @platform Linux; elsewhere `ENOSYS`
 */
export function splice(
  src: FileDescriptorLike,
  dst: FileDescriptorLike,
  count: number,
  options: SpliceOptions = {},
): number {
  const [from, to] = [fileno(src, 'src'), fileno(dst, 'dst')];
  const size = integer('count', count, 0, MAX_SAFE_INTEGER);
  const { offsetSrc, offsetDst, flags } = toOptions(options);
  const [begin, end] = [toOffset('offsetSrc', offsetSrc), toOffset('offsetDst', offsetDst)];
  const bits = integer('flags', flags ?? 0, 0, UINT_MAX);
  return check(native.splice(from, to, size, begin, end, bits), 'splice');
}

/**
 * Makes a FIFO (a pipe with a name).
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.mkfifo and mkfifo(3).
 * @param path - text, or bytes if it is not UTF-8
 * @param mode - its permissions, minus the umask
 * @throws OSError `EEXIST`, `ENOENT`, `EACCES`, …
 * @platform POSIX
 */
export function mkfifo(path: PathLike, mode = 0o666): void {
  const bytes = toPath('path', path);
  check(native.mkfifo(bytes, integer('mode', mode, 0, 0o7777)), 'mkfifo');
}

/**
 * A file that has no name in any folder and is deleted when its last file descriptor is closed. It
 * closes on exec, even without `MFD_CLOEXEC` in `flags`.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.memfd_create and memfd_create(2).
 * @param name - the name that /proc shows; at most 249 bytes
 * @param flags - `MFD_ALLOW_SEALING`, `MFD_HUGETLB`, …
 * @returns the file descriptor
 * @throws OSError `EINVAL` for flags that the kernel does not know or a long name, `EMFILE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function memfdCreate(name: PathLike, flags: number = MFD_CLOEXEC): number {
  const bytes = toPath('name', name);
  return check(native.memfdCreate(bytes, integer('flags', flags, 0, UINT_MAX)), 'memfd_create');
}
