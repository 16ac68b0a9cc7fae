/** The base class of all files over a socket or another fd: lines, direction, closing. */
import { errnoNumber, native } from '../../native/index.js';
import {
  closedError,
  INSPECT,
  integer,
  OSError,
  oneLine,
  shown,
  type View,
} from '../../values/index.js';
import { lengthOf } from './characters.js';

const EAGAIN = errnoNumber('EAGAIN');
const EBADF = errnoNumber('EBADF');

/** The names of the system calls that a file makes, for its errors. */
export interface SystemCalls {
  readonly read: string;
  readonly write: string;
}

/** The directions of a file. */
export type Direction = 'r' | 'w' | 'rw';

/**
 * A file over a socket or another file descriptor, made by `Socket.makefile` or `fdopen`. Close it
 * with `close()` or `using`: the garbage collector does not, and data that was not flushed is lost.
 *
 * Its methods throw `ERR_CLOSED` after `close()`, `EBADF` if it is not open for reading or writing,
 * and the errors of the system calls.
 *
 * Mirrors https://docs.python.org/3/library/io.html#io.IOBase
 * @typeParam Line - the result of reading: strings, or Buffers in the modes with `b`
 * @typeParam Data - the type of written data
 * @platform POSIX
 */
export abstract class SocketFile<Line extends string | Buffer, Data> implements Iterable<Line> {
  readonly #direction: Direction;
  readonly #calls: SystemCalls;
  #isClosed = false;

  constructor(direction: Direction, calls: SystemCalls) {
    this.#direction = direction;
    this.#calls = calls;
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** The mode in which it was opened: `r`, `w` or `rw`, with `b` for bytes. */
  get mode(): string {
    return `${this.#direction}b`;
  }

  /** The file descriptor, -1 once the file is closed. */
  get name(): number {
    return this.#isClosed ? -1 : this.fileno();
  }

  /**
   * Whether it was opened for reading.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  readable(): boolean {
    this.checkOpen();
    return this.#direction !== 'w';
  }

  /**
   * Whether it was opened for writing.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  writable(): boolean {
    this.checkOpen();
    return this.#direction !== 'r';
  }

  /**
   * False: these files have no `seek()`.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  seekable(): boolean {
    this.checkOpen();
    return false;
  }

  /**
   * Whether it is a terminal; isatty(3).
   * @throws Error `ERR_CLOSED` after it was closed
   */
  isatty(): boolean {
    return native.isatty(this.fileno()) === 1;
  }

  /**
   * The file descriptor below.
   * @throws Error `ERR_CLOSED` after it was closed
   */
  abstract fileno(): number;

  /**
   * Reads a line with its newline; at the end of the stream the rest.
   * @param limit - the maximum length; undefined, null or negative: no limit
   * @returns the line; empty at the end of the stream
   * @throws OSError `EAGAIN` if a non-blocking socket has nothing; if it has the beginning of a
   *   line, that is returned
   */
  abstract readline(limit?: number | null): Line;

  /**
   * Writes.
   * @param data - a string in text modes, bytes in modes with `b`
   * @returns the number of characters or bytes that were taken; null if a file without a buffer
   *   could take nothing
   */
  abstract write(data: Data): number | null;

  /**
   * Sends written data that is still in the buffer.
   * @throws OSError of the system call, such as `EPIPE`; Error `ERR_CLOSED` after it was closed
   */
  abstract flush(): void;

  /** Releases everything; called once. */
  protected abstract release(): void;

  /**
   * Reads lines up to the end of the stream.
   * @param hint - stops after the line that makes their total longer than this; undefined, null, 0
   *   or negative: no limit
   * @returns the lines, each with its newline
   * @throws as {@link readline}; TypeError, RangeError for a bad hint
   */
  readlines(hint?: number | null): Line[] {
    const most = sizeLimit('hint', hint) || Infinity;
    const lines: Line[] = [];
    let size = 0;
    for (const line of this) {
      lines.push(line);
      size += typeof line === 'string' ? lengthOf(line) : line.length;
      if (size > most) break;
    }
    return lines;
  }

  /** The lines up to the end of the stream. Leaving the loop early leaves the file open. */
  *[Symbol.iterator](): Generator<Line, void, undefined> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  /**
   * Writes each item; newlines are not added.
   * @param lines - each as for {@link write}
   * @throws as {@link write}
   */
  writelines(lines: Iterable<Data>): void {
    for (const line of lines) this.write(line);
  }

  /**
   * Flushes and closes; also closes the socket if the socket was closed before and this is its last
   * file. Idempotent.
   * @throws OSError such as `EPIPE` if written data cannot be sent; the file is closed even then
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.release();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    return shown(this.constructor.name, { fd: this.name, mode: this.mode }, view);
  }

  /** @throws Error `ERR_CLOSED` after it was closed */
  protected checkOpen(): void {
    if (this.#isClosed) throw closedError('file');
  }

  /** @throws Error `ERR_CLOSED` after it was closed; OSError `EBADF` if it is open for writing only */
  protected checkReadable(): void {
    this.checkOpen();
    if (this.#direction === 'w')
      throw new OSError(EBADF, this.#calls.read, ': the file is not open for reading');
  }

  /** @throws Error `ERR_CLOSED` after it was closed; OSError `EBADF` if it is open for reading only */
  protected checkWritable(): void {
    this.checkOpen();
    if (this.#direction === 'r')
      throw new OSError(EBADF, this.#calls.write, ': the file is not open for writing');
  }
}

/** A size argument as in Python; Infinity if there is no limit. */
export function sizeLimit(name: string, size: unknown): number {
  if (size === undefined || size === null) return Infinity;
  const limit = integer(name, size, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return limit < 0 ? Infinity : limit;
}

/** The error of a reading call that would have to wait on a non-blocking socket. */
export function nothingToRead(calls: SystemCalls): OSError {
  return new OSError(EAGAIN, calls.read);
}

/**
 * The error of a writing call that would have to wait on a non-blocking socket: Python's
 * `BlockingIOError`.
 * @param charactersWritten - how much of the data was sent or is in the buffer
 */
export function noRoomToWrite(calls: SystemCalls, charactersWritten: number): OSError {
  const detail = ': write could not complete without blocking';
  return Object.assign(new OSError(EAGAIN, calls.write, detail), { charactersWritten });
}
