/** One connection of a server: it sends at once, keeps the rest, and knows when it is finished. */
import { now } from '../native/index.js';
import { type Address, formatAddress, type Socket } from '../socket/index.js';
import { OSError } from '../values/index.js';
import { FAREWELL_SECONDS, HIGH_WATER } from './policy.js';
import { endRests } from './rest.js';
import { Sender } from './sender.js';

/** The bits of {@link Peer.interest}; the same as EVENT_READ and EVENT_WRITE of `selectors`. */
export const READ = 1;
export const WRITE = 2;

/**
 * The program waits; the peer receives when its socket is readable, and flushes when it is writable.
 * An OSError of these calls is the loss of this peer and of no other. It is not thrown.
 */
export class Peer {
  /** A note for the program: the interest that its selector knows. */
  watched = READ;
  /** The error that has ended the connection; null for none. */
  loss: OSError | null = null;
  /** Nothing more comes from the peer: it has sent its end of file, or is lost. */
  hasEnded = false;
  /** The peer's address. A lost connection has none any more, so it is kept. */
  readonly address: Address;
  readonly socket: Socket;
  readonly #sender: Sender;
  /** When it is over in any case, once {@link leave} was called; milliseconds. */
  #deadline = Infinity;

  /** @param socket - connected and non-blocking; {@link close} closes it */
  constructor(socket: Socket, address: Address) {
    this.address = address;
    this.socket = socket;
    this.#sender = new Sender(socket);
  }

  /** How many bytes the kernel has not taken yet. */
  get unsent(): number {
    return this.#sender.unsent;
  }

  /** Nothing more can be written; the next {@link flush} that leaves nothing sends the end of file. */
  get isEnding(): boolean {
    return this.#sender.isEnding;
  }

  set isEnding(isEnding: boolean) {
    this.#sender.isEnding = isEnding;
  }

  /** Bytes; about what the unsent ones hold in memory. */
  get memory(): number {
    return this.#sender.memory;
  }

  /**
   * What to wait for: READ, WRITE, both, or 0. A socket is readable for ever at its end of file, and
   * writable nearly always: a wait that asks for these without a reason never sleeps. And a peer with
   * 64 KiB unsent is not read from until it has read them itself (backpressure).
   */
  get interest(): number {
    const { unsent } = this;
    const mayRead = !this.hasEnded && (this.isLeaving || unsent < HIGH_WATER);
    return (mayRead ? READ : 0) | (unsent > 0 ? WRITE : 0);
  }

  /** Whether it is to be closed: the peer has ended and has got everything, is lost, or too late. */
  get isFinished(): boolean {
    return (this.hasEnded && this.unsent === 0) || (this.isLeaving && now() >= this.#deadline);
  }

  /** Whether {@link leave} was called. */
  get isLeaving(): boolean {
    return this.#deadline !== Infinity;
  }

  /**
   * Receives once: a peer that has more to say waits for the next turn, as all others do.
   * @returns how many bytes; 0 at the end; null for none, which is possible although the socket was
   *   readable (EAGAIN), and after {@link leave}
   */
  receive(buffer: Uint8Array): number | null {
    try {
      const size = this.socket.tryRecvInto(buffer);
      if (size === 0) this.hasEnded = true;
      return this.isLeaving ? null : size;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Sends at once; what the kernel does not take waits. See {@link Sender.write}. */
  write(bytes: Uint8Array, size: number = bytes.length, whenSent?: () => void): number {
    try {
      return this.#sender.write(bytes, size, whenSent);
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Sends what waits. @returns how many bytes were sent */
  flush(): number {
    try {
      return this.#sender.flush();
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Half-close: the end of file is sent after everything that waits. Idempotent. */
  end(): void {
    this.attempt(() => this.#sender.end());
  }

  /**
   * The farewell: what waits is sent, then the end of file, and input is discarded until the peer
   * ends, too, or two seconds are over. To close the socket at once would be too early: with unread
   * input that sends a reset, which takes from the peer what it has not read yet.
   */
  leave(): void {
    if (this.isLeaving) return;
    this.#deadline = now() + FAREWELL_SECONDS * 1000;
    this.end();
  }

  /** Gives the peer up: what waits is dropped, and it is finished. */
  abandon(): void {
    this.hasEnded = true;
    this.#sender.abandon();
  }

  /**
   * Makes a call for this peer, such as `epoll.register(peer)`: an OSError is its loss.
   * @returns whether the peer is not lost
   */
  attempt(call: () => void): boolean {
    try {
      call();
    } catch (error) {
      this.#lose(error);
    }
    return this.loss === null;
  }

  /**
   * Idempotent. An error of close(2) is a loss of this peer, as the fd is gone all the same. A
   * listener that rests because no fd was left can use this one.
   */
  close(): void {
    this.attempt(() => this.socket.close());
    endRests();
  }

  fileno(): number {
    return this.socket.fileno();
  }

  /** The peer's address, as Python prints it. */
  toString(): string {
    return formatAddress(this.address);
  }

  #lose(error: unknown): 0 {
    if (!(error instanceof OSError)) throw error;
    this.loss ??= error;
    this.abandon();
    return 0;
  }
}
