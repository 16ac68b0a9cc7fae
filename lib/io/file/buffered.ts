/** A file of bytes with a buffer for each direction. */
import { type BytesLike, toBytes } from '../../values/index.js';
import { type Direction, nothingToRead, SocketFile, type SystemCalls, sizeLimit } from './base.js';
import type { RawIO } from './raw.js';
import { ReadBuffer } from './read-buffer.js';
import { WriteBuffer } from './write-buffer.js';

const NEWLINE = 0x0a;

/**
 * The file of `makefile` and `fdopen` in the modes `'rb'`, `'wb'` and `'rwb'`.
 *
 * Mirrors https://docs.python.org/3/library/io.html#io.BufferedReader, `io.BufferedWriter` and
 * `io.BufferedRWPair`. Unlike there, an error or a timeout in the middle of a `read` or `readline`
 * loses no data that has come before.
 * @platform POSIX
 */
export class BufferedFile extends SocketFile<Buffer, BytesLike> {
  readonly #raw: RawIO;
  readonly #input: ReadBuffer;
  readonly #output: WriteBuffer;

  /** @internal */
  constructor(raw: RawIO, direction: Direction, size: number) {
    super(direction, raw.calls);
    this.#raw = raw;
    this.#input = new ReadBuffer(raw, size);
    this.#output = new WriteBuffer(raw, this.writable() ? size : 0);
  }

  /** @internal */
  get calls(): SystemCalls {
    return this.#raw.calls;
  }

  override fileno(): number {
    this.checkOpen();
    return this.#raw.fileno();
  }

  /**
   * Reads until it has `size` bytes or the stream is at its end.
   * @param size - undefined, null or negative: all up to the end of the stream
   * @returns the bytes; empty at the end of the stream. If a non-blocking socket would have to wait,
   *   the bytes that exist; null if there are none
   * @throws OSError of the system call, such as `ETIMEDOUT`, `ECONNRESET`; what has come before is
   *   kept; TypeError, RangeError for a bad size
   */
  read(size?: number | null): Buffer | null {
    this.checkReadable();
    const input = this.#input;
    const wanted = sizeLimit('size', size);
    while (input.size < wanted) {
      const received = input.receive(wanted - input.size);
      if (received === null && input.size === 0) return null;
      if (received === null || received === 0) break;
    }
    return input.take(wanted);
  }

  /**
   * Reads the bytes in the buffer or, if that is empty, with one recv(2).
   * @param size - at most this many bytes; undefined, null or negative: as many as the buffer holds
   * @returns the bytes; empty at the end of the stream; null if a non-blocking socket has none
   * @throws as {@link read}
   */
  read1(size?: number | null): Buffer | null {
    this.checkReadable();
    const most = sizeLimit('size', size);
    if (most > 0 && this.#input.size === 0 && this.#input.receive() === null) return null;
    return this.#input.take(most);
  }

  /**
   * Reads into `buffer` until it is full or the stream is at its end.
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of the stream. If a non-blocking socket would have to wait,
   *   the number of bytes that have come; null if there are none
   * @throws as {@link read}; TypeError for a buffer that is not bytes
   */
  readinto(buffer: BytesLike): number | null {
    const bytes = toBytes('buffer', buffer);
    return copied(this.read(bytes.length), bytes);
  }

  /**
   * {@link readinto} with the bytes of {@link read1}: those in the buffer or, if that is empty, one
   * recv(2).
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of the stream; null if a non-blocking socket has none
   * @throws as {@link readinto}
   */
  readinto1(buffer: BytesLike): number | null {
    const bytes = toBytes('buffer', buffer);
    return copied(this.read1(bytes.length), bytes);
  }

  /**
   * Shows the bytes in the buffer without taking them; if it is empty, one recv(2) fills it first,
   * which may wait. With this a program that waits with `select()` finds lines that were read ahead,
   * which the kernel does not report.
   *
   * As in Python, the caller cannot choose the number of bytes.
   * @returns a copy; empty at the end of the stream, and if a non-blocking socket has nothing
   * @throws as {@link read}
   */
  peek(): Buffer {
    this.checkReadable();
    if (this.#input.size === 0) this.#input.receive();
    return this.#input.copy();
  }

  override readline(limit?: number | null): Buffer {
    this.checkReadable();
    const input = this.#input;
    const most = sizeLimit('limit', limit);
    for (let searched = 0; ; ) {
      const newline = input.indexOf(NEWLINE, searched);
      if (newline >= 0) return input.take(Math.min(newline + 1, most));
      if (input.size >= most) return input.take(most);
      searched = input.size;
      const received = input.receive();
      if (received === null && input.size === 0) throw nothingToRead(this.#raw.calls);
      if (received === null || received === 0) return input.take(Infinity);
    }
  }

  /**
   * Writes to the buffer; data that does not fit is sent at once.
   * @param data - not a string
   * @returns how many bytes were written: all of them
   * @throws OSError the errors of `send()`, with `charactersWritten`: the number of bytes that were
   *   sent or are in the buffer. `EAGAIN` if a non-blocking socket and the buffer are full
   */
  override write(data: BytesLike): number {
    this.checkWritable();
    const bytes = toBytes('data', data);
    this.#output.write(bytes);
    return bytes.length;
  }

  /**
   * Sends the data in the buffer. After an error the next flush tries to send the rest.
   * @throws OSError the errors of `send()`; `EAGAIN` if a non-blocking socket is full
   */
  override flush(): void {
    this.checkOpen();
    this.#output.flush();
  }

  protected override release(): void {
    try {
      this.#output.flush();
    } finally {
      this.#raw.close();
    }
  }
}

/** Copies what was read to the caller's memory. */
function copied(bytes: Buffer | null, target: Uint8Array): number | null {
  if (bytes !== null) target.set(bytes);
  return bytes?.length ?? null;
}
