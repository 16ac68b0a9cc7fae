/** A socket as an unbuffered file: each call is one recv(2) or send(2). */
import { constants as osConstants } from 'node:os';
import { type BytesLike, OSError, toBytes } from '../../values/index.js';
import type { Socket } from '../socket.js';
import { type Direction, nothingToRead, SocketFile, sizeLimit } from './base.js';

const { ETIMEDOUT } = osConstants.errno;

/** How much is read at once by what reads everything. */
const CHUNK_SIZE = 65536;

/** What files with a buffer read from and write to. */
export interface RawIO {
  fileno(): number;
  /** @returns how many bytes; 0 at the end of the stream; null where it would have to wait */
  readInto(buffer: Uint8Array): number | null;
  /** @returns how many bytes were taken; null where it would have to wait */
  write(data: Uint8Array): number | null;
  close(): void;
}

/**
 * What `socket.makefile('rb', { buffering: 0 })` makes. Where a non-blocking socket would have to
 * wait, `read`, `readInto` and `write` return null.
 *
 * Mirrors `socket.SocketIO` and https://docs.python.org/3/library/io.html#io.RawIOBase
 * @platform POSIX
 */
export class SocketIO extends SocketFile<Buffer, BytesLike> implements RawIO {
  readonly #socket: Socket;
  readonly #onClose: () => void;
  /** What a timed-out recv(2) was part of is lost: nobody could tell what comes next. */
  #hasTimedOut = false;

  /** @internal */
  constructor(socket: Socket, direction: Direction, onClose: () => void) {
    super(direction);
    this.#socket = socket;
    this.#onClose = onClose;
  }

  override fileno(): number {
    this.checkOpen();
    return this.#socket.fileno();
  }

  /**
   * Reads once.
   * @returns how many bytes; 0 at the end of the stream; null where a non-blocking socket has none
   * @throws OSError `ETIMEDOUT` when the socket's timeout is over, and ever after: "cannot read from
   *   timed out object"
   */
  readInto(buffer: BytesLike): number | null {
    this.checkReadable();
    const bytes = toBytes('buffer', buffer);
    if (this.#hasTimedOut) {
      throw new OSError(ETIMEDOUT, 'recv', ': cannot read from timed out object');
    }
    try {
      return this.#socket.recvInto(bytes);
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) return null;
      this.#hasTimedOut = hasCode(error, 'ETIMEDOUT');
      throw error;
    }
  }

  /**
   * Reads once.
   * @param size - at most this many bytes; undefined, null or negative: all up to the end of the
   *   stream, in as many calls as it takes
   * @returns the bytes; empty at the end of the stream; null where a non-blocking socket has none
   */
  read(size?: number | null): Buffer | null {
    this.checkReadable();
    const limit = sizeLimit('size', size);
    if (limit === Infinity) return this.#readAll();
    const buffer = Buffer.allocUnsafeSlow(limit);
    const received = this.readInto(buffer);
    return received === null ? null : buffer.subarray(0, received);
  }

  /** {@inheritDoc SocketFile.readline} Without a buffer it can but read byte by byte. */
  override readline(limit?: number | null): Buffer {
    this.checkReadable();
    const most = sizeLimit('limit', limit);
    const line: number[] = [];
    const byte = new Uint8Array(1);
    while (line.length < most && line.at(-1) !== 0x0a) {
      const received = this.readInto(byte);
      if (received === null && line.length === 0) throw nothingToRead();
      if (received !== 1) break;
      line.push(byte[0] as number);
    }
    return Buffer.from(line);
  }

  /**
   * Writes once.
   * @returns how many bytes the kernel has taken, perhaps not all; null where a non-blocking
   *   socket takes none
   */
  override write(data: BytesLike): number | null {
    this.checkWritable();
    try {
      return this.#socket.send(data);
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) return null;
      throw error;
    }
  }

  /** Does nothing: nothing waits here. */
  override flush(): void {
    this.checkOpen();
  }

  protected override release(): void {
    this.#onClose();
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof OSError && error.code === code;
}
