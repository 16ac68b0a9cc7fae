/** The sending half of a connection: bytes are sent at once, what is left waits, and then the end. */
import { SHUT_WR, SO_ERROR, SOL_SOCKET, type Socket } from '../socket/index.js';
import { OSError } from '../values/index.js';
import { OutputBuffer } from './output-buffer.js';
import { SEND_SIZE } from './policy.js';

const { ECONNRESET } = process.getBuiltinModule('node:os').constants.errno;

/**
 * All methods throw the OSError of their system call, such as `EPIPE`; after that, only
 * {@link abandon} makes sense.
 */
export class Sender {
  /** Nothing more can be written. */
  isEnding = false;
  /** The end of file was sent. */
  hasSentEnd = false;
  readonly #socket: Pick<Socket, 'trySend' | 'shutdown' | 'getsockopt'>;
  /** Null while nothing waits, which is most of the time. */
  #output: OutputBuffer | null = null;

  /** @param socket - connected; the sender does not close it */
  constructor(socket: Pick<Socket, 'trySend' | 'shutdown' | 'getsockopt'>) {
    this.#socket = socket;
  }

  /** How many bytes the kernel has not taken yet. */
  get unsent(): number {
    return this.#output === null ? 0 : this.#output.size;
  }

  /** Bytes; about what the unsent ones hold in memory. */
  get memory(): number {
    return this.#output === null ? 0 : this.#output.memory;
  }

  /**
   * Sends bytes at once. What the kernel does not take is copied and waits for {@link flush}.
   * Nothing after {@link end}.
   *
   * @param size - only the first so many bytes
   * @param whenSent - runs when the kernel has taken the last of them, perhaps at once
   * @returns how many were sent at once
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
   * Sends what waits, up to 128 KiB, so that this peer does not keep the others waiting; after the
   * last byte, the end of file if {@link end} was called.
   * @returns how many bytes were sent
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

  /** Half-close: sends the end of file after everything that waits. Idempotent. */
  end(): void {
    this.isEnding = true;
    if (!this.hasSentEnd) this.flush();
  }

  /** Drops what is unsent; nothing can be written any more. Idempotent. */
  abandon(): void {
    this.isEnding = this.hasSentEnd = true;
    this.#output = null;
  }

  /** shutdown(2) says ENOTCONN of a connection that was reset. The reset is the reason to report. */
  #sendEnd(): void {
    try {
      this.#socket.shutdown(SHUT_WR);
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== 'ENOTCONN') throw error;
      // 0: a recv() has reported it, and taken it away.
      throw new OSError(this.#socket.getsockopt(SOL_SOCKET, SO_ERROR) || ECONNRESET, 'shutdown');
    }
  }
}
