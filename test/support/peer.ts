/** A TCP client for the tests, which reads only on request. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createConnection, type InternetAddress } from 'fdselect/socket';
import { News, until } from './server.js';

export class Peer {
  hasEnded = false;
  /** The code of the error that it was closed by. */
  failure: string | undefined;
  /** The received bytes are at its beginning; it doubles when it is full. */
  #memory: Buffer = Buffer.allocUnsafe(65536);
  #size = 0;
  readonly #news = new News();

  /** Its own address, as the servers print it. */
  readonly name: string;
  readonly socket: Socket;

  /** @param socket - is connected */
  constructor(socket: Socket) {
    this.socket = socket;
    this.name = `('${socket.localAddress}', ${socket.localPort})`;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = error.code;
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#news.tell();
    });
    socket.on('close', () => this.#news.tell());
  }

  get isClosed(): boolean {
    return this.socket.closed;
  }

  /** Reads from now on. */
  read(): this {
    this.socket.resume();
    this.socket.on('data', (chunk: Buffer) => {
      const size = this.#size + chunk.length;
      if (size > this.#memory.length) this.#memory = this.#grown(size);
      this.#memory.set(chunk, this.#size);
      this.#size = size;
      this.#news.tell();
    });
    return this;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#size);
  }

  get text(): string {
    return this.bytes.toString();
  }

  #grown(size: number): Buffer {
    const memory = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(size)));
    this.#memory.copy(memory, 0, 0, this.#size);
    return memory;
  }

  /** Waits for that many bytes and returns all there are. */
  async gets(size: number): Promise<Buffer> {
    await this.#news.until(
      () => this.#size >= size || this.isClosed,
      () => `${size} bytes, got ${this.#size}`,
    );
    return this.bytes;
  }

  /** Waits until the other side has ended the connection. */
  async ends(): Promise<Buffer> {
    await this.#news.until(
      () => this.hasEnded || this.isClosed,
      () => `the end, after ${this.#size} bytes`,
    );
    return this.bytes;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Closes the connection with a reset. */
  async reset(): Promise<void> {
    const closed = this.isClosed ? undefined : once(this.socket, 'close');
    this.socket.resetAndDestroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

/** Connects; reads nothing before `read()`. */
export async function connectTo(
  server: { port: number },
  options: { host?: string; allowHalfOpen?: boolean } = {},
): Promise<Peer> {
  const { host = '127.0.0.1', allowHalfOpen = true } = options;
  const socket = connect({ host, port: server.port, allowHalfOpen, noDelay: true });
  socket.pause();
  await once(socket, 'connect');
  return new Peer(socket);
}

/** Connects as soon as a process that is starting listens. */
export async function connectSoon(...to: Parameters<typeof connectTo>): Promise<Peer> {
  for (const deadline = Date.now() + 15_000; ; ) {
    try {
      return await connectTo(...to);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/**
 * A connection that the server closes or resets, maybe before net.Socket would know that it is there.
 * @returns its address, as the servers print it
 */
export async function isLost({ port }: { port: number }, text = 'x\n'): Promise<string> {
  using socket = createConnection(['127.0.0.1', port]);
  const [host, own] = socket.getsockname() as InternetAddress;
  socket.setblocking(false);
  const hasEnded = () => {
    try {
      return socket.tryRecvInto(Buffer.alloc(1000)) === 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      return true;
    }
  };
  try {
    if (text !== '') socket.send(Buffer.from(text));
  } catch (error) {
    if (!/^(ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  await until(hasEnded, 'the server ends the connection');
  return `('${host}', ${own})`;
}

/** Waits until the kernel takes no more bytes of the peer while the server sleeps. */
export async function stalls(peer: Peer, server: { isAsleep: boolean }): Promise<void> {
  let last = -1;
  let looks = 0;
  await until(() => {
    const { writableLength } = peer.socket;
    const isStill = writableLength === last && writableLength > 0 && server.isAsleep;
    looks = isStill ? looks + 1 : 0;
    last = writableLength;
    return looks === 40;
  }, 'the writer stalls');
}

/**
 * Writes until the kernel takes no more bytes and the server sleeps; at most one chunk waits in the peer.
 * Returns how many bytes were written.
 */
export async function fills(
  peer: Peer,
  server: { isAsleep: boolean },
  chunk: Buffer = Buffer.alloc(1024 * 1024, 'x'),
): Promise<number> {
  let written = 0;
  let looks = 0;
  await until(() => {
    if (peer.socket.writableLength === 0) {
      peer.write(chunk);
      written += chunk.length;
      looks = 0;
    }
    looks = server.isAsleep ? looks + 1 : 0;
    return looks === 40;
  }, 'the writer stalls');
  return written;
}

/** Waits until there is no listener any more. */
export async function refuses({ port }: { port: number }): Promise<void> {
  let isRefused = false;
  while (!isRefused) {
    isRefused = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => resolve(true));
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
  }
}
