/** A file without a buffer: each call is one system call. */
import type { BytesLike } from '../../values/index.js';
import { type Direction, nothingToRead, SocketFile, type SystemCalls, sizeLimit } from './base.js';

/** The number of bytes that are read at once when everything is read. */
const CHUNK_SIZE = 65536;

/** The file below a buffered file. */
export interface RawIO {
  /**
   * The names of the system calls, for errors.
   * @internal
   */
  readonly calls: SystemCalls;
  fileno(): number;
  /** @returns how many bytes; 0 at the end of the stream; null if it would have to wait */
  readinto(buffer: Uint8Array): number | null;
  /** @returns how many bytes were taken; null if it would have to wait */
  write(data: Uint8Array): number | null;
  close(): void;
}

/**
 * The common part of the raw files of sockets and of other fds.
 * @platform POSIX
 */
export abstract class RawFile extends SocketFile<Buffer, BytesLike> implements RawIO {
  /** @internal */
  readonly calls: SystemCalls;

  constructor(direction: Direction, calls: SystemCalls) {
    super(direction, calls);
    this.calls = calls;
  }

  /**
   * Reads once.
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of the stream; null if a non-blocking socket has none
   * @throws OSError of the system call, such as `ETIMEDOUT`, `ECONNRESET`; TypeError for a buffer that
   *   is not bytes
   */
  abstract readinto(buffer: BytesLike): number | null;

  /**
   * {@link readinto}, by its name in the first release.
   * @deprecated
   * @param buffer - as for {@link readinto}
   */
  readInto(buffer: BytesLike): number | null {
    return this.readinto(buffer);
  }

  /**
   * Writes once.
   * @param data - not a string
   * @returns how many bytes the kernel has taken, perhaps not all; null if a non-blocking socket
   *   takes none
   * @throws OSError of the system call, such as `ETIMEDOUT`, `EPIPE`; TypeError for data that is not
   *   bytes
   */
  abstract override write(data: BytesLike): number | null;

  /**
   * Reads once.
   * @param size - at most this many bytes; undefined, null or negative: all up to the end of the
   *   stream, in as many calls as necessary
   * @returns the bytes; empty at the end of the stream; null if a non-blocking socket has none
   * @throws as {@link readinto}; TypeError, RangeError for a bad size
   */
  read(size?: number | null): Buffer | null {
    this.checkReadable();
    const limit = sizeLimit('size', size);
    if (limit === Infinity) return this.#readAll();
    const buffer = Buffer.allocUnsafeSlow(limit);
    const received = this.readinto(buffer);
    return received === null ? null : buffer.subarray(0, received);
  }

  /**
   * Reads a line, with its newline. Without a buffer it can only read byte by byte.
   * @param limit - at most this many bytes; undefined, null or negative: no limit
   * @returns the line; empty at the end of the stream
   * @throws OSError `EAGAIN` if a non-blocking socket has nothing
   */
  override readline(limit?: number | null): Buffer {
    this.checkReadable();
    const most = sizeLimit('limit', limit);
    const line: number[] = [];
    const byte = new Uint8Array(1);
    while (line.length < most && line.at(-1) !== 0x0a) {
      const received = this.readinto(byte);
      if (received === null && line.length === 0) throw nothingToRead(this.calls);
      if (received !== 1) break;
      line.push(byte[0] as number);
    }
    return Buffer.from(line);
  }

  /** Does nothing: there is no buffer. */
  override flush(): void {
    this.checkOpen();
  }

  #readAll(): Buffer | null {
    const chunks: Buffer[] = [];
    for (;;) {
      const chunk = this.read(CHUNK_SIZE);
      if (chunk === null && chunks.length === 0) return null;
      if (chunk === null || chunk.length === 0) return Buffer.concat(chunks);
      chunks.push(chunk);
    }
  }
}
