/** The calls on a file descriptor that other floors need too; they load without the rest of `os`. */
import { loadRest, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  toBytesOrText,
  typeError,
} from '../values/index.js';

loadRest();

/**
 * A duplicate of a file descriptor, which closes on exec.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.dup and dup(2).
 * @param fd - of any open file
 * @returns the lowest free number
 * @throws OSError `EBADF`, `EMFILE`
 * @platform POSIX
 */
export function dup(fd: FileDescriptorLike): number {
  return check(native.dup(fileno(fd)), 'dup');
}

/**
 * Sets or clears O_NONBLOCK. The flag belongs to the open file, so it changes for every duplicate of
 * the file descriptor, in other processes as well.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.set_blocking and fcntl(2).
 * @param fd - of any open file
 * @param blocking - false sets O_NONBLOCK
 * @throws OSError `EBADF`
 * @throws TypeError for a value that is not a boolean
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
 * @param fd - of any open file
 * @returns true if reads and writes of it may block
 * @throws OSError `EBADF`
 * @platform POSIX
 */
export function getBlocking(fd: FileDescriptorLike): boolean {
  return check(native.getBlocking(fileno(fd)), 'fcntl') === 1;
}

/**
 * Reads once, at most `size` bytes. It may block; the end of a worker ends that (Node on Linux).
 * `node:fs` does the same, but not in every runtime: Deno's knows only the file descriptors that it
 * has opened itself.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.read and read(2).
 * @param fd - open for reading
 * @param size - from 0 to 2^31 - 1
 * @returns the bytes; none at the end of the file
 * @throws OSError `EAGAIN` if a non-blocking file descriptor has nothing, `EBADF`, …
 * @throws TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function read(fd: FileDescriptorLike, size: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(integer('size', size, 0, INT_MAX));
  return buffer.subarray(0, check(native.read(fileno(fd), buffer), 'read'));
}

/**
 * Writes once. On a blocking file descriptor it writes everything; the end of a worker ends that
 * (Node on Linux).
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.write and write(2).
 * @param fd - open for writing
 * @param data - bytes; a string is UTF-8
 * @returns how many bytes were taken, perhaps not all
 * @throws OSError `EAGAIN` if a non-blocking file descriptor takes nothing, `EPIPE`, `EBADF`, …
 * @throws TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function write(fd: FileDescriptorLike, data: BytesLike | string): number {
  return check(native.write(fileno(fd), toBytesOrText('data', data)), 'write');
}

/**
 * Closes a file descriptor.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.close and close(2).
 * @param fd - a number; close an object with its own method
 * @throws OSError `EBADF`
 * @throws TypeError, RangeError for a value that is not a file descriptor
 * @platform POSIX
 */
export function close(fd: FileDescriptorLike): void {
  check(native.close(fileno(fd)), 'close');
}
