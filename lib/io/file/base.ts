/** What all files of a socket or another fd have: lines, an end, a direction or two. */
import { constants as osConstants } from 'node:os';
import { closedError, integer, OSError } from '../../values/index.js';
import { lengthOf } from './characters.js';

const { EAGAIN, EBADF } = osConstants.errno;

/** The names of the system calls that a file makes, for its errors. */
export interface SystemCalls {
  readonly read: string;
  readonly write: string;
}

/** The directions of a file. */
export type Direction = 'r' | 'w' | 'rw';

/**
 * A file over a socket or another file descriptor: what `Socket.makefile` and `fdopen` make. It is
 * closed by `close()` or `using`, never by the garbage collector, which loses what was written and
 * not flushed.
 *
 * Its methods throw `ERR_CLOSED` after `close()`, `EBADF` where it is not open for reading or
 * writing, and what the system calls below throw.
 *
 * Mirrors https://docs.python.org/3/library/io.html#io.IOBase
 * @typeParam Line - what reading gives: strings, or Buffers in the modes with `b`
 * @typeParam Data - what can be written
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

  /** Whether it was opened for reading. */
  readable(): boolean {
    return this.#direction !== 'w';
  }

  /** Whether it was opened for writing. */
  writable(): boolean {
    return this.#direction !== 'r';
  }

  /** The file descriptor below. */
  abstract fileno(): number;

  /**
   * Reads a line, its newline included; at the end of the stream what there is left.
   * @param limit - at most this long; undefined, null or negative: as long as it is
   * @returns the line; empty at the end of the stream
   * @throws OSError `EAGAIN` where a non-blocking socket has nothing; where it has the beginning
   *   of a line, that is what is returned
   */
  abstract readline(limit?: number | null): Line;

  /**
   * Writes.
   * @returns how much was taken, in what the file is made of: characters or bytes; null where a
   *   file without a buffer could take nothing
   */
  abstract write(data: Data): number | null;

  /** Sends what was written and is still here. */
  abstract flush(): void;

  /** Gives everything back; called once. */
  protected abstract release(): void;

  /**
   * Reads lines up to the end of the stream.
   * @param hint - stops after the line with which they are together longer than this; undefined, null, 0
   *   or negative: at the end
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

  /** Writes each item; newlines are not added. */
  writelines(lines: Iterable<Data>): void {
    for (const line of lines) this.write(line);
  }

  /**
   * Flushes and closes; the socket too, where it was closed before and this is its last file.
   * Idempotent.
   * @throws OSError such as `EPIPE` where what was written cannot be sent; it is closed even so
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  protected checkOpen(): void {
    if (this.#isClosed) throw closedError('file');
  }

  protected checkReadable(): void {
    this.checkOpen();
    if (!this.readable())
      throw new OSError(EBADF, this.#calls.read, ': the file is not open for reading');
  }

  protected checkWritable(): void {
    this.checkOpen();
    if (!this.writable())
      throw new OSError(EBADF, this.#calls.write, ': the file is not open for writing');
  }
}

/** A size as Python's files take it; Infinity if there is none. */
export function sizeLimit(name: string, size: unknown): number {
  if (size === undefined || size === null) return Infinity;
  const limit = integer(name, size, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return limit < 0 ? Infinity : limit;
}

/** A reading call had to wait on a non-blocking socket. */
export function nothingToRead(calls: SystemCalls): OSError {
  return new OSError(EAGAIN, calls.read);
}

/**
 * A writing call had to wait on a non-blocking socket: Python's `BlockingIOError`.
 * @param charactersWritten - how much of the data was taken all the same, into the buffer too
 */
export function noRoomToWrite(calls: SystemCalls, charactersWritten: number): OSError {
  const detail = ': write could not complete without blocking';
  return Object.assign(new OSError(EAGAIN, calls.write, detail), { charactersWritten });
}
