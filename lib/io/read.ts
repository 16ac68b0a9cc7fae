/** Reading with a deadline. */
import { errnoNumber } from '../native/index.js';
import { type FileDescriptorLike, fileno, INT_MAX, integer, OSError } from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { signalOf, throwIfAborted } from '../waits/internal.js';
import { Deadline, type TimeoutOptions } from './deadline.js';
import { withProgress } from './errors.js';
import { type Place, readOnce, readOnceAsync, timedOut } from './transfer.js';

const EMSGSIZE = errnoNumber('EMSGSIZE');

/** Options of {@link readAll}. */
export interface ReadAllOptions extends TimeoutOptions {
  /** More bytes than this are an error. Default, null and Infinity: any number. */
  maxSize?: number | null | undefined;
}

/** The number of bytes that are read at once. */
const CHUNK_SIZE = 65536;

/** The checked arguments of an asynchronous call. */
export function placeOf(fd: FileDescriptorLike, options: TimeoutOptions & WaitOptions): Place {
  const number = fileno(fd);
  const deadline = new Deadline(options);
  const signal = signalOf(options);
  throwIfAborted(options);
  return { fd: number, deadline, signal };
}

function bufferOf(size: unknown): Buffer {
  return Buffer.allocUnsafeSlow(integer('size', size, 0, INT_MAX));
}

/**
 * Reads once, at most `size` bytes. If there are none it waits, even if O_NONBLOCK is set, until
 * there are some, or the end of the file, or the deadline is over; O_NONBLOCK is not changed.
 *
 * Like read(2), with a deadline. The deadline holds even if another process reads from the same
 * file; only the controlling side of a pseudo-terminal, and devices that are not terminals, may
 * block for longer if another reader takes the bytes just after they have come. In a Node worker it
 * ends when the worker does.
 * @param fd - open for reading
 * @param size - from 0 to 2^31 - 1
 * @param options - `timeout`: **seconds**; default: no limit
 * @returns the bytes; none at the end of the file
 * @throws OSError `ETIMEDOUT`; `EBADF` if it is closed or open for writing only; other errors of
 *   read(2)
 * @throws TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function read(fd: FileDescriptorLike, size: number, options: TimeoutOptions = {}): Buffer {
  const number = fileno(fd);
  const buffer = bufferOf(size);
  return buffer.subarray(0, readOnce(number, buffer, new Deadline(options)));
}

/**
 * {@link read} without blocking the thread; read(2).
 * @param fd - open for reading
 * @param size - from 0 to 2^31 - 1
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason; no byte was
 *   read then
 * @returns a promise for the bytes; rejected with the errors of {@link read}
 * @platform POSIX
 */
export async function readAsync(
  fd: FileDescriptorLike,
  size: number,
  options: TimeoutOptions & WaitOptions = {},
): Promise<Buffer> {
  const place = placeOf(fd, options);
  const buffer = bufferOf(size);
  return buffer.subarray(0, await readOnceAsync(place, buffer));
}

/** The bytes that {@link readAll} has read so far, in one growing block of memory. */
class Content {
  readonly #maxSize: number;
  #block: Buffer = Buffer.allocUnsafeSlow(CHUNK_SIZE);
  #size = 0;

  constructor(maxSize: unknown) {
    this.#maxSize =
      maxSize === undefined || maxSize === null || maxSize === Infinity
        ? Infinity
        : integer('maxSize', maxSize, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Room for the next bytes: for one more than allowed, to detect a file that is too large. */
  get room(): Buffer {
    if (this.#size === this.#block.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#size);
      this.#block.copy(larger);
      this.#block = larger;
    }
    return this.#block.subarray(this.#size, this.#maxSize + 1);
  }

  /** @throws OSError `EMSGSIZE` if the content is too large */
  add(size: number): void {
    this.#size += size;
    if (this.#size > this.#maxSize) throw new OSError(EMSGSIZE, 'read');
  }

  /** The whole content, in memory of about its size. */
  take(): Buffer {
    const bytes = this.#block.subarray(0, this.#size);
    return 2 * this.#size < this.#block.length ? Buffer.from(bytes) : bytes;
  }
}

/**
 * Reads to the end of the file; read(2).
 * @param fd - open for reading
 * @param options - `timeout`: for the whole call; `maxSize`
 * @returns all bytes
 * @throws OSError `ETIMEDOUT`; `EMSGSIZE` as soon as there is a byte more than `maxSize`; `EBADF`,
 *   `EIO` and other errors of read(2). Each has `partial: Buffer`: all bytes that were read before,
 *   and with `EMSGSIZE` the one too many
 * @see {@link read} for how it waits
 * @platform POSIX
 */
export function readAll(fd: FileDescriptorLike, options: ReadAllOptions = {}): Buffer {
  const number = fileno(fd);
  const deadline = new Deadline(options);
  const content = new Content(options.maxSize);
  try {
    for (;;) {
      const size = readOnce(number, content.room, deadline);
      if (size === 0) return content.take();
      content.add(size);
      if (deadline.isOver) throw timedOut('read');
    }
  } catch (error) {
    throw withProgress(error, { partial: content.take() });
  }
}

/**
 * {@link readAll} without blocking the thread; read(2).
 * @param fd - open for reading
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, which gets
 *   the property `partial`; a reason that cannot have it is the `cause` of an `AbortError` with
 *   `partial`
 * @returns a promise for all bytes; rejected with the errors of {@link readAll}
 * @platform POSIX
 */
export async function readAllAsync(
  fd: FileDescriptorLike,
  options: ReadAllOptions & WaitOptions = {},
): Promise<Buffer> {
  const place = placeOf(fd, options);
  const content = new Content(options.maxSize);
  try {
    for (;;) {
      const size = await readOnceAsync(place, content.room);
      if (size === 0) return content.take();
      content.add(size);
      if (place.deadline.isOver) throw timedOut('read');
      throwIfAborted(place);
    }
  } catch (error) {
    throw withProgress(error, { partial: content.take() });
  }
}
