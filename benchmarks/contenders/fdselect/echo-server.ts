/** The common part of the echo servers on fdselect: everything except the wait. */
import { AF_INET, createServer, IPPROTO_TCP, type Socket, TCP_NODELAY } from 'fdselect/socket';
import { announce } from '../announce.js';

// The interest of a connection; NOTHING: it is over, unregister and close it.
export const READ = 0;
export const WRITE = 1;
export const NOTHING = 2;

const BUFFER_SIZE = 65536;
const BACKLOG = 4096;

/** Echoes. While a connection has unsent bytes, nothing is read from it (backpressure). */
export class EchoServer {
  readonly listener: Socket = createServer(['127.0.0.1', 0], { family: AF_INET, backlog: BACKLOG });
  readonly #clients: (Socket | undefined)[] = [];
  readonly #owed: (Buffer | undefined)[] = [];
  /** One buffer for all: received bytes are sent or copied before the next receive. */
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);

  constructor() {
    this.listener.setblocking(false);
    this.listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1); // what it accepts inherits it
    announce((this.listener.getsockname() as [string, number])[1]);
  }

  /** Accepts the connections in the backlog. @returns their file descriptors */
  accept(): number[] {
    const newcomers: number[] = [];
    for (let next = this.listener.tryAccept(); next !== null; next = this.listener.tryAccept()) {
      const [client] = next;
      client.setblocking(false);
      this.#clients[client.fileno()] = client;
      newcomers.push(client.fileno());
    }
    return newcomers;
  }

  onReadable(fd: number): number {
    const client = this.#clients[fd] as Socket;
    try {
      const size = client.tryRecvInto(this.#buffer);
      if (size === null) return READ;
      if (size === 0) return NOTHING;
      const sent = client.trySend(this.#buffer, 0, size) ?? 0;
      if (sent === size) return READ;
      this.#owed[fd] = Buffer.from(this.#buffer.subarray(sent, size));
      return WRITE;
    } catch {
      return NOTHING; // a reset: the connection is over
    }
  }

  onWritable(fd: number): number {
    const owed = this.#owed[fd];
    if (owed === undefined) return READ;
    try {
      const sent = (this.#clients[fd] as Socket).trySend(owed) ?? 0;
      this.#owed[fd] = sent === owed.length ? undefined : owed.subarray(sent);
      return sent === owed.length ? READ : WRITE;
    } catch {
      return NOTHING;
    }
  }

  close(fd: number): void {
    this.#clients[fd]?.close();
    this.#clients[fd] = undefined;
    this.#owed[fd] = undefined;
  }
}
