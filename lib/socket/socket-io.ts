/** A socket as an unbuffered file: each call is one recv(2) or send(2). */

import { type Direction, RawFile } from '../io/internal.js';
import { errnoNumber } from '../native/index.js';
import { type BytesLike, OSError, toBytes } from '../values/index.js';
import type { Socket } from './socket.js';

const ETIMEDOUT = errnoNumber('ETIMEDOUT');

/**
 * The file of `socket.makefile('rb', { buffering: 0 })`. If a non-blocking socket would have to
 * wait, `read`, `readinto` and `write` return null.
 *
 * Mirrors `socket.SocketIO` and https://docs.python.org/3/library/io.html#io.RawIOBase
 * @platform POSIX
 */
export class SocketIO extends RawFile {
  readonly #socket: Socket;
  readonly #onClose: () => void;
  /** After a timeout the reader cannot know where in the data it is, so reading is refused. */
  #hasTimedOut = false;

  /** @internal */
  constructor(socket: Socket, direction: Direction, onClose: () => void) {
    super(direction, { read: 'recv', write: 'send' });
    this.#socket = socket;
    this.#onClose = onClose;
  }

  override fileno(): number {
    this.checkOpen();
    return this.#socket.fileno();
  }

  /**
   * Reads once.
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of the stream; null if a non-blocking socket has none
   * @throws OSError `ETIMEDOUT` when the socket's timeout is over, and in all later calls: "cannot
   *   read from timed out object"
   */
  override readinto(buffer: BytesLike): number | null {
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
   * Writes once.
   * @param data - not a string
   * @returns how many bytes the kernel has taken, perhaps not all; null if a non-blocking
   *   socket takes none
   * @throws OSError the errors of `Socket.send`, except `EAGAIN`
   * @throws TypeError for data that is not bytes
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

  protected override release(): void {
    this.#onClose();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof OSError && error.code === code;
}
