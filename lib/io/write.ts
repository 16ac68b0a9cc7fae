/** Writing with a deadline. */
import { constants as osConstants } from 'node:os';
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

const { EBADF } = osConstants.errno;

/** Without bytes there is no call that could say it. */
function checkWritable(fd: number): void {
  if (accessMode(fd, 'write') === 'r') throw new OSError(EBADF, 'write');
}

/**
 * Writes all of it. Where the kernel takes no more it waits, also where O_NONBLOCK is set; O_NONBLOCK
 * stays as it is.
 *
 * The deadline holds also where the file descriptor blocks and the kernel takes only a part, and where
 * another process fills the room first. To the controlling side of a pseudo-terminal, which has no way
 * to be asked for more, it writes byte by byte, and it may block for longer if another writer fills the
 * room in between. In a worker of Node's it ends when the worker does.
 * @param data - bytes; a string is UTF-8
 * @param options - `timeout`: for all of it
 * @returns how many bytes that were
 * @throws OSError `ETIMEDOUT`, `EPIPE`, `EBADF` and what else write(2) says, each with
 *   `bytesWritten: number`: so many bytes were taken
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
 * {@link writeAll} without blocking the thread. The data is not copied: it must stay as it is until the
 * promise settles.
 * @param options - `signal`: aborted, the promise is rejected with its reason, which gets the property
 *   `bytesWritten`; a reason that cannot have it is the `cause` of an `AbortError` that has
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
