/** Writing with a deadline. */
import { errnoNumber } from '../native/index.js';
import {
  type BytesLike,
  type FileDescriptorLike,
  fileno,
  OSError,
  toBytesOrText,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { throwIfAborted } from '../waits/internal.js';
import { accessMode } from './access.js';
import { Deadline, type TimeoutOptions } from './deadline.js';
import { withProgress } from './errors.js';
import { placeOf } from './read.js';
import { timedOut, writeOnce, writeOnceAsync } from './transfer.js';

const EBADF = errnoNumber('EBADF');

/** The check of write(2) for its direction: for empty data no write(2) is made. */
function checkWritable(fd: number): void {
  if (accessMode(fd, 'write') === 'r') throw new OSError(EBADF, 'write');
}

/**
 * Writes all data; write(2). When the kernel takes no more it waits, even if O_NONBLOCK is set;
 * O_NONBLOCK is not changed.
 *
 * The deadline holds even if the file descriptor is blocking and the kernel takes only a part, or if
 * another process fills the room first. The controlling side of a pseudo-terminal does not say how
 * much room it has: to this it writes byte by byte, and it may block for longer if another writer
 * fills the room in between. In a Node worker it ends when the worker does.
 * @param fd - open for writing
 * @param data - bytes; a string is UTF-8
 * @param options - `timeout`: for the whole call
 * @returns how many bytes were written
 * @throws OSError `ETIMEDOUT`, `EPIPE`, `EBADF` and other errors of write(2), each with
 *   `bytesWritten: number`, the number of bytes that were written
 * @platform POSIX
 */
export function writeAll(
  fd: FileDescriptorLike,
  data: BytesLike | string,
  options: TimeoutOptions = {},
): number {
  const number = fileno(fd);
  const bytes = toBytesOrText('data', data);
  const deadline = new Deadline(options);
  let bytesWritten = 0;
  try {
    if (bytes.length === 0) checkWritable(number);
    while (bytesWritten < bytes.length) {
      bytesWritten += writeOnce(number, bytes, bytesWritten, deadline);
      if (bytesWritten < bytes.length && deadline.isOver) throw timedOut('write');
    }
    return bytesWritten;
  } catch (error) {
    throw withProgress(error, { bytesWritten });
  }
}

/**
 * {@link writeAll} without blocking the thread; write(2). The data is not copied: do not change it until
 * the promise settles.
 * @param fd - open for writing
 * @param data - bytes; a string is UTF-8
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, which gets
 *   the property `bytesWritten`; a reason that cannot have it is the `cause` of an `AbortError` with
 *   it
 * @returns a promise for the number of bytes; rejected with the errors of {@link writeAll}
 * @platform POSIX
 */
export async function writeAllAsync(
  fd: FileDescriptorLike,
  data: BytesLike | string,
  options: TimeoutOptions & WaitOptions = {},
): Promise<number> {
  const place = placeOf(fd, options);
  const bytes = toBytesOrText('data', data);
  let bytesWritten = 0;
  try {
    if (bytes.length === 0) checkWritable(place.fd);
    while (bytesWritten < bytes.length) {
      bytesWritten += await writeOnceAsync(place, bytes, bytesWritten);
      if (bytesWritten === bytes.length) break;
      if (place.deadline.isOver) throw timedOut('write');
      throwIfAborted(place);
    }
    return bytesWritten;
  } catch (error) {
    throw withProgress(error, { bytesWritten });
  }
}
