/** `Peer`: one connection of a server, for programs that wait themselves. */
import { now } from '../native/index.js';
import { type Address, formatAddress, type Socket } from '../socket/internal.js';
import { OSError } from '../values/index.js';
import { FAREWELL_SECONDS, HIGH_WATER } from './policy.js';
import { endRests } from './rest.js';
import { Sender } from './sender.js';

/** The bit of {@link Peer.interest} for reading; the same as EVENT_READ of `fdselect/selectors`. */
export const READ = 1;
/** The bit of {@link Peer.interest} for writing; the same as EVENT_WRITE of `fdselect/selectors`. */
export const WRITE = 2;

/**
 * One connection of a server. The program waits, and calls {@link receive} when the socket is readable,
 * {@link flush} when it is writable. An OSError of any method ends only this connection: it is stored
 * in {@link loss}, not thrown.
 * @platform POSIX
 */
export class Peer {
  /** For the program: the interest that its poll object or selector has. */
  watched = READ;
  /** The error that has ended the connection, or null. */
  loss: OSError | null = null;
  /** Whether no more data comes: the peer has sent its end of file, or the connection is lost. */
  hasEnded = false;
  /** The peer's address, stored because a lost connection has none. */
  readonly address: Address;
  /** Its socket; {@link close} closes it. */
  readonly socket: Socket;
  /** The sending half: the unsent bytes, and whether the end was requested. */
  readonly sender: Sender;
  /** Milliseconds; when the farewell ends. Infinity before {@link leave}. */
  #deadline = Infinity;

  /**
   * @param socket - connected and non-blocking; {@link close} closes it
   * @param address - the peer's address, as `accept()` returns it
   * @throws TypeError for an object that is not a socket
   */
  constructor(socket: Socket, address: Address) {
    this.address = address;
    this.socket = socket;
    this.sender = new Sender(socket);
  }

  /** How many bytes the kernel has not taken yet. */
  get unsent(): number {
    return this.sender.unsent;
  }

  /** Bytes; about the memory of the unsent ones. */
  get memory(): number {
    return this.sender.memory;
  }

  /**
   * What to wait for: READ, WRITE, both, or 0. After its end of file a socket is always readable, and
   * it is nearly always writable: a wait for these without need never sleeps. While 64 KiB are unsent,
   * nothing is read from the peer (backpressure).
   */
  get interest(): number {
    const { unsent } = this;
    const mayRead = !this.hasEnded && (this.isLeaving || unsent < HIGH_WATER);
    return (mayRead ? READ : 0) | (unsent > 0 ? WRITE : 0);
  }

  /** Whether to close it: the peer has ended and everything was sent, or the time is over. */
  get isFinished(): boolean {
    return (this.hasEnded && this.unsent === 0) || (this.isLeaving && now() >= this.#deadline);
  }

  /** Whether {@link leave} was called. */
  get isLeaving(): boolean {
    return this.#deadline !== Infinity;
  }

  /**
   * Receives once: further data of a peer waits for the next turn, so that all peers are served;
   * recv(2).
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of file, or if the connection is lost; null if there are none,
   *   which happens even if the socket was reported readable (EAGAIN), and after {@link leave}
   * @throws TypeError for a buffer that is not bytes
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

  /**
   * Sends at once, and keeps a copy of the bytes that the kernel does not take, for {@link flush}. After
   * {@link end}, it does nothing.
   * @param bytes - the data
   * @param size - sends only the first `size` bytes; default: all
   * @param whenSent - called when the kernel has taken the last of them, perhaps at once
   * @returns how many bytes were sent at once; 0 if the connection is lost
   * @throws TypeError, RangeError for bad arguments
   */
  write(bytes: Uint8Array, size: number = bytes.length, whenSent?: () => void): number {
    try {
      return this.sender.write(bytes, size, whenSent);
    } catch (error) {
      return this.#lose(error);
    }
  }

  /**
   * Sends unsent bytes, up to 128 KiB; after the last one, the end of file if {@link end} was called.
   * @returns how many bytes were sent; 0 if the connection is lost
   */
  flush(): number {
    try {
      return this.sender.flush();
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Half-close: sends the end of file after the unsent bytes; shutdown(2). Idempotent. */
  end(): void {
    this.attempt(() => this.sender.end());
  }

  /**
   * The farewell: sends the unsent bytes and the end of file, and discards input until the peer ends
   * too, at most two seconds. Closing the socket at once would be too early: if there is unread input,
   * close(2) sends a reset, and what has not reached the peer yet is lost.
   */
  leave(): void {
    if (this.isLeaving) return;
    this.#deadline = now() + FAREWELL_SECONDS * 1000;
    this.end();
  }

  /** Drops the unsent bytes; then the peer is finished. */
  abandon(): void {
    this.hasEnded = true;
    this.sender.abandon();
  }

  /**
   * Makes a call for this peer: an OSError becomes its {@link loss}.
   * @param call - such as `() => epoll.register(peer)`
   * @returns false if the connection is lost
   * @throws any other error of `call`
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
   * Closes the socket, also if close(2) fails; the error becomes the {@link loss}. Idempotent. The fd
   * is free then, so listeners that rest may continue.
   */
  close(): void {
    this.attempt(() => this.socket.close());
    endRests();
  }

  /** @returns the file descriptor of the socket; -1 after it was closed */
  fileno(): number {
    return this.socket.fileno();
  }

  /** @returns the peer's address in Python's form, such as `('127.0.0.1', 8881)` */
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
