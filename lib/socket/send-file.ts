/** Python's `socket.sendfile()`. */
import { errnoNumber, native } from '../native/index.js';
import { check, type FileDescriptorLike, fileno, integer, OSError } from '../values/index.js';
import { POLLOUT, Poll } from '../waits/index.js';

const EAGAIN = errnoNumber('EAGAIN');
const EINVAL = errnoNumber('EINVAL');
const ENOSYS = errnoNumber('ENOSYS');
const ETIMEDOUT = errnoNumber('ETIMEDOUT');

const SEEK_SET = 0;
/** The maximum for one call, as in Python. */
const LARGEST_PART = 2 ** 30;
const COPY_SIZE = 65536;

/**
 * Sends a file from `offset` on.
 * @param socket - sends the data of files that sendfile(2) cannot read
 * @param timeout - seconds for each wait, or null
 */
export function sendFile(
  socket: { sendall(data: Uint8Array): void },
  fd: number,
  file: FileDescriptorLike,
  offset: number,
  count: number | undefined,
  timeout: number | null,
): number {
  const source = fileno(file, 'file');
  const begin = integer('offset', offset, 0, Number.MAX_SAFE_INTEGER);
  const limit =
    count === undefined ? Infinity : integer('count', count, 1, Number.MAX_SAFE_INTEGER);
  let total = 0;
  try {
    while (total < limit) {
      const part = Math.min(limit - total, LARGEST_PART);
      const sent = native.sendfile(fd, source, begin + total, part);
      if (sent === -EAGAIN) {
        waitForRoom(fd, timeout);
      } else if (total === 0 && (sent === -EINVAL || sent === -ENOSYS)) {
        return copy(socket, source, begin, limit);
      } else if (check(sent, 'sendfile') === 0) {
        break;
      } else {
        total += sent;
      }
    }
  } finally {
    // A file without a position, such as a pipe, has none to set.
    if (total > 0) native.lseek(source, begin + total, SEEK_SET);
  }
  return total;
}

function waitForRoom(fd: number, timeout: number | null): void {
  const poller = new Poll();
  poller.register(fd, POLLOUT);
  const isReady = poller.poll(timeout === null ? null : timeout * 1000).length > 0;
  if (!isReady) throw new OSError(ETIMEDOUT, 'sendfile');
}

/** For files that sendfile(2) does not take: reads and sends. */
function copy(
  socket: { sendall(data: Uint8Array): void },
  source: number,
  offset: number,
  limit: number,
): number {
  check(native.lseek(source, offset, SEEK_SET), 'lseek');
  const buffer = Buffer.allocUnsafe(COPY_SIZE);
  let total = 0;
  while (total < limit) {
    const part = buffer.subarray(0, Math.min(limit - total, buffer.length));
    const size = check(native.read(source, part), 'read');
    if (size === 0) break;
    socket.sendall(part.subarray(0, size));
    total += size;
  }
  return total;
}
