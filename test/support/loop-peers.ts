/** Both ends of a connection in one thread: a Connection in a loop, and a socket beside it. */
import {
  type Connection,
  type ConnectionHandlers,
  type ConnectionOptions,
  type EventLoop,
  listen,
} from 'fdselect/loop';
import {
  createConnection,
  SHUT_WR,
  SO_RCVBUF,
  SO_SNDBUF,
  SOL_SOCKET,
  Socket,
} from 'fdselect/socket';
import type { LoopMode } from './loops.ts';
import { closing, reset } from './sandbox.ts';

const chunk = Buffer.alloc(65536);

/** Bytes; Linux doubles it. What it takes by itself grows with the time, up to 32 MiB. */
const KERNEL_BUFFER = 131_072;

/** Bytes; more than the kernel takes for a peer that does not read, in both directions together. */
export const MUCH = 2 * 1024 * 1024;

/** Keeps the kernel's buffers small; accepted sockets inherit those of their listener. */
function limitBuffers(socket: Socket): void {
  for (const name of [SO_SNDBUF, SO_RCVBUF]) socket.setsockopt(SOL_SOCKET, name, KERNEL_BUFFER);
}

/** A peer that acts only on request: it never blocks. */
export class RawPeer {
  readonly socket: Socket;
  hasEnded = false;
  /** The code of the error that reading or writing has met. */
  failure: string | undefined;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setblocking(false);
  }

  /** Reads the available bytes, at most `limit`. */
  read(limit = Infinity): this {
    for (let left = limit; left > 0 && !this.isOver; ) {
      const size = this.readOnce(left);
      if (size === null) break;
      left -= size;
    }
    return this;
  }

  /**
   * Reads with one call, which stops before an urgent byte: the next one would throw that away.
   * @returns how many bytes; null: there are none
   */
  readOnce(limit = chunk.length): number | null {
    const size = this.#try(() => this.socket.tryRecvInto(chunk, 0, Math.min(limit, chunk.length)));
    if (size === null) return null;
    if (size === 0) this.hasEnded = true;
    this.#chunks.push(Buffer.from(chunk.subarray(0, size)));
    this.#size += size;
    return size;
  }

  /** @returns how many bytes the kernel has taken */
  write(data: string | Uint8Array): number {
    return this.#try(() => this.socket.trySend(Buffer.from(data))) ?? 0;
  }

  end(): void {
    this.socket.shutdown(SHUT_WR);
  }

  /** Closes with RST. */
  reset(): void {
    reset(this.socket);
  }

  close(): void {
    this.socket.close();
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  get isOver(): boolean {
    return this.hasEnded || this.failure !== undefined;
  }

  #try<T>(call: () => T): T | null {
    try {
      return call();
    } catch (error) {
      this.failure = (error as NodeJS.ErrnoException).code;
      return null;
    }
  }
}

/** Handlers that record their calls; a test replaces some of them. */
export class Log implements ConnectionHandlers {
  readonly connection: Connection;
  /** 'data 5', 'eof', 'drain', 'urgent 33', 'lost null', 'lost ECONNRESET'. */
  readonly events: string[] = [];
  readonly #chunks: Buffer[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  data(bytes: Buffer): void {
    this.events.push(`data ${bytes.length}`);
    this.#chunks.push(bytes);
  }

  eof(): void {
    this.events.push('eof');
  }

  drain(): void {
    this.events.push('drain');
  }

  lost(error: Error | null): void {
    this.events.push(`lost ${error === null ? null : codeOf(error)}`);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get isLost(): boolean {
    return this.events.some((event) => event.startsWith('lost'));
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

export interface Met {
  peer: RawPeer;
  connection: Connection;
  log: Log;
}

export interface MeetOptions extends ConnectionOptions {
  /** Makes the handlers; default: a plain log. */
  handlers?: (connection: Connection) => Log;
  /** A Unix socket. */
  path?: string;
}

/** A connection in the loop and the peer at its other end, over TCP or a Unix socket. */
export async function meet(
  { runUntil }: LoopMode,
  loop: EventLoop,
  { handlers = (connection) => new Log(connection), path, ...options }: MeetOptions = {},
): Promise<Met> {
  let log: Log | undefined;
  const accept = (connection: Connection) => {
    log = handlers(connection);
    return log;
  };
  const listener = listen(loop, path ?? ['127.0.0.1', 0], accept, options);
  const listening = Socket.fromfd(listener.fileno());
  limitBuffers(listening);
  listening.close();
  const peer = new RawPeer(closing(createConnection(listener.getsockname())));
  limitBuffers(peer.socket);
  await runUntil(loop, () => log !== undefined, 'a connection');
  listener.close();
  return { peer, connection: (log as unknown as Log).connection, log: log as unknown as Log };
}
