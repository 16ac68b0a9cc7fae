/** The sending half of a connection: sends at once, keeps the rest, then sends the end of file. */
import { errnoNumber } from '../native/index.js';
import { SHUT_WR, SO_ERROR, SOL_SOCKET, type Socket } from '../socket/internal.js';
import { checkHas, OSError } from '../values/index.js';
import { OutputBuffer } from './output-buffer.js';
import { SEND_SIZE } from './policy.js';

const ECONNRESET = errnoNumber('ECONNRESET');

/**
 * The sending half of a connection; send(2), shutdown(2). Never waits.
 *
 * {@link write}, {@link flush} and {@link end} throw the OSError of their system call, such as `EPIPE`.
 * After that, only call {@link abandon}.
 * @platform POSIX
 */
export class Sender {
  /** Whether the end was requested; nothing more can be written. */
  isEnding = false;
  /** Whether the end of file was sent. */
  hasSentEnd = false;
  readonly #socket: Pick<Socket, 'trySend' | 'shutdown' | 'getsockopt'>;
  /** The unsent bytes; null if there are none, which is usual. */
  #output: OutputBuffer | null = null;

  /**
   * @param socket - connected; the sender does not close it
   * @throws TypeError for an object that is not a socket
   */
  constructor(socket: Pick<Socket, 'trySend' | 'shutdown' | 'getsockopt'>) {
    checkHas('socket', 'a Socket', socket, 'trySend');
    this.#socket = socket;
  }

  /** How many bytes the kernel has not taken yet. */
  get unsent(): number {
    return this.#output === null ? 0 : this.#output.size;
  }

  /** Bytes; about the memory of the unsent ones. */
  get memory(): number {
    return this.#output === null ? 0 : this.#output.memory;
  }

  /**
   * Sends bytes at once. The rest that the kernel does not take is copied, for {@link flush}. After
   * {@link end}, it does nothing.
   *
   * @param bytes - the data
   * @param size - sends only the first `size` bytes; default: all
   * @param whenSent - called when the kernel has taken the last of them, perhaps at once
   * @returns how many bytes were sent at once
   * @throws OSError of send(2), such as `ECONNRESET`, `EPIPE`; TypeError, RangeError for bad arguments
   */
  write(bytes: Uint8Array, size: number = bytes.length, whenSent?: () => void): number {
    if (this.isEnding) return 0;
    if (this.#output !== null) {
      this.#output.push(bytes.subarray(0, size), whenSent);
      return 0;
    }
    const sent = size === 0 ? 0 : (this.#socket.trySend(bytes, 0, size) ?? 0);
    if (sent === size) {
      whenSent?.();
    } else {
      this.#output = new OutputBuffer();
      this.#output.push(bytes.subarray(sent, size), whenSent);
    }
    return sent;
  }

  /**
   * Sends unsent bytes, up to 128 KiB, so that this peer does not keep the others waiting. After the
   * last byte, sends the end of file if {@link end} was called.
   * @returns how many bytes were sent
   * @throws OSError such as `ECONNRESET`, `EPIPE`
   */
  flush(): number {
    const sent = this.#output?.sendTo(this.#socket, SEND_SIZE) ?? 0;
    if (this.unsent > 0) return sent;
    this.#output = null;
    if (this.isEnding && !this.hasSentEnd) {
      this.hasSentEnd = true;
      this.#sendEnd();
    }
    return sent;
  }

  /**
   * Half-close: sends the end of file after the unsent bytes; shutdown(2). Idempotent.
   * @throws OSError such as `ECONNRESET`, `EPIPE`
   */
  end(): void {
    this.isEnding = true;
    if (!this.hasSentEnd) this.flush();
  }

  /** Drops what is unsent; nothing can be written any more. Idempotent. */
  abandon(): void {
    this.isEnding = this.hasSentEnd = true;
    this.#output = null;
  }

  /** If the connection was reset, shutdown(2) fails with ENOTCONN; then the reset is reported. */
  #sendEnd(): void {
    try {
      this.#socket.shutdown(SHUT_WR);
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== 'ENOTCONN') throw error;
      // SO_ERROR is 0 if a recv() has already reported it.
      throw new OSError(this.#socket.getsockopt(SOL_SOCKET, SO_ERROR) || ECONNRESET, 'shutdown');
    }
  }
}
