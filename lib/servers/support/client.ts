/** A client of a server: its connection, and the bytes that are on their way to it. */
import { OSError } from 'fdselect';
import { OutputBuffer } from 'fdselect/loop';
import { type Address, formatAddress, type Socket } from 'fdselect/socket';

/**
 * However a connection ends, the end looks the same from outside: `hasEnded`, and nothing in the
 * outbox. What recv() and send() report (ECONNRESET, EPIPE, ETIMEDOUT, ...) is the loss of this
 * client and of no other.
 */
export class Client {
  readonly outbox = new OutputBuffer();
  /** Nothing more will come from this client. */
  hasEnded = false;
  /** What the connection was lost by; null for as long as it was not. */
  loss: OSError | null = null;
  readonly #socket: Socket;
  readonly #address: string;

  /** @param address - of the peer; kept, because a lost connection has none any more */
  constructor(socket: Socket, address: Address) {
    this.#socket = socket;
    this.#address = formatAddress(address);
  }

  /**
   * Receives once: whoever has more to say waits for the next turn, as all others do.
   * @returns how many bytes; 0 at the end; null where there are none, which may happen although
   *   the socket was ready
   */
  receive(buffer: Uint8Array): number | null {
    return this.#unlessLost(() => {
      const size = this.#socket.tryRecvInto(buffer);
      if (size === 0) this.hasEnded = true;
      return size;
    });
  }

  /**
   * Sends as much of the outbox as the kernel takes.
   * @returns how many bytes
   */
  send(): number {
    return this.#unlessLost(() => this.outbox.sendTo(this.#socket)) ?? 0;
  }

  /** Whether the connection can be closed without taking anything away from the client. */
  get isFinished(): boolean {
    return this.hasEnded && this.outbox.size === 0;
  }

  /** Tells the client that nothing more will come, once the outbox is empty. */
  shutdown(how: number): void {
    this.#unlessLost(() => this.#socket.shutdown(how));
  }

  /** Gives the client up: it gets nothing more, and it is finished. */
  abandon(): void {
    this.hasEnded = true;
    this.outbox.clear();
  }

  close(): void {
    this.#socket.close();
  }

  fileno(): number {
    return this.#socket.fileno();
  }

  /** The peer's address, as Python prints it. */
  toString(): string {
    return this.#address;
  }

  #unlessLost<T>(action: () => T): T | 0 {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.loss = error;
      this.abandon();
      return 0;
    }
  }
}
