/** One connection of a server: it sends at once, keeps the rest, and knows when it is finished. */
import { type Address, formatAddress, SHUT_WR, type Socket } from '../socket/index.js';
import { OSError } from '../values/index.js';
import { OutputBuffer } from './output-buffer.js';
import { HIGH_WATER, SEND_SIZE } from './policy.js';
import { endRests } from './rest.js';

/** The bits of {@link Peer.interest}; the same as EVENT_READ and EVENT_WRITE of `selectors`. */
export const READ = 1;
export const WRITE = 2;

/**
 * It does not wait: its program does, and calls `receive` when the socket is readable and `flush`
 * when it is writable. An OSError of one of its calls is the loss of this peer and of no other: it is
 * not thrown but stored in `loss`, and the peer is finished.
 */
export class Peer {
  readonly socket: Socket;
  /** The peer's address, also after the connection is lost, when getpeername() has no answer. */
  readonly address: Address;
  /** A note for the program: the interest it has told its selector last. */
  watched = READ;
  /** The error that ended the connection; null for none. */
  loss: OSError | null = null;
  /** The peer has sent its end of file, or is lost. */
  hasEnded = false;
  /** Nothing can be written any more. */
  isEnding = false;
  /** Its end of file was sent. */
  hasSentEnd = false;
  #isLeaving = false;
  #output: OutputBuffer | null = null;

  /** @param socket - connected and non-blocking; the peer owns it */
  constructor(socket: Socket, address: Address) {
    this.socket = socket;
    this.address = address;
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
   * What to wait for: {@link READ}, {@link WRITE}, both or 0.
   *
   * A socket is readable for ever at its end of file, and nearly always writable: a wait that asks
   * for these without a reason never sleeps. A peer with 64 KiB unsent is not read from until it has
   * read them itself (backpressure).
   */
  get interest(): number {
    const unsent = this.unsent;
    const mayRead = !this.hasEnded && (this.#isLeaving || unsent < HIGH_WATER);
    return (mayRead ? READ : 0) | (unsent > 0 ? WRITE : 0);
  }

  /** Whether it can be closed: the peer has ended and has got everything, or is lost. */
  get isFinished(): boolean {
    return this.hasEnded && this.unsent === 0;
  }

  /**
   * Receives once, so that a busy peer does not keep the others waiting.
   * @returns how many bytes; 0 at the end; null for none, which is possible even after readiness
   *   (EAGAIN), and after {@link leave}
   */
  receive(buffer: Uint8Array): number | null {
    try {
      const size = this.socket.tryRecvInto(buffer);
      if (size === 0) this.hasEnded = true;
      return this.#isLeaving ? null : size;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /**
   * Sends bytes at once. What the kernel does not take is copied and waits for {@link flush}.
   * @param size - only this many bytes; default all
   * @param whenSent - runs when the kernel has taken the last of them, perhaps at once
   * @returns how many were sent at once
   */
  write(bytes: Uint8Array, size: number = bytes.length, whenSent?: () => void): number {
    if (this.isEnding) return 0;
    try {
      const sent =
        this.#output === null && size > 0 ? (this.socket.trySend(bytes, 0, size) ?? 0) : 0;
      if (this.#output === null && sent === size) {
        whenSent?.();
        return sent;
      }
      this.#output ??= new OutputBuffer();
      this.#output.push(bytes.subarray(sent, size), whenSent);
      return sent;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Sends what waits, up to 128 KiB. @returns how many bytes were sent */
  flush(): number {
    try {
      const sent = this.#output?.sendTo(this.socket, SEND_SIZE) ?? 0;
      if (this.unsent === 0) this.#output = null;
      this.#sendEnd();
      return sent;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Half-close: the end of file is sent after everything that waits. Idempotent. */
  end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.flush();
  }

  /**
   * The farewell: {@link end}, and input is discarded from now on. Close it when it is finished, or
   * after FAREWELL_SECONDS. To close it at once would be too early: closing a socket with unread
   * input sends a reset, which takes from the peer what it has not read yet.
   */
  leave(): void {
    this.#isLeaving = true;
    this.end();
  }

  /** Drops what is unsent: it is finished. */
  abandon(): void {
    this.hasEnded = this.isEnding = this.hasSentEnd = true;
    this.#output = null;
  }

  /**
   * Runs a call that is made for this peer alone, such as `epoll_ctl`: its OSError is the loss of
   * this peer.
   * @returns whether it succeeded
   */
  attempt(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      this.#lose(error);
      return false;
    }
  }

  /** Closes the socket; a listener that rests because no fd was left tries again. Idempotent. */
  close(): void {
    this.socket.close();
    endRests();
  }

  /** The file descriptor; -1 once it is closed. */
  fileno(): number {
    return this.socket.fileno();
  }

  /** The peer's address, as Python prints it. */
  toString(): string {
    return formatAddress(this.address);
  }

  #sendEnd(): void {
    if (!this.isEnding || this.hasSentEnd || this.unsent > 0) return;
    this.hasSentEnd = true;
    this.socket.shutdown(SHUT_WR);
  }

  #lose(error: unknown): 0 {
    if (!(error instanceof OSError)) throw error;
    this.loss ??= error;
    this.abandon();
    return 0;
  }
}
