/** A listening peer for the programs that connect. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Peer } from './peer.js';
import { until } from './server.js';

/** The peer of a program under test that connects: the test holds that end of each connection. */
export class Target {
  readonly peers: Peer[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.peers.push(new Peer(socket)));
  }

  /** Listens on a free port of the loopback, or on one that is given. */
  static async open(port = 0): Promise<Target> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    const target = new Target(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return target;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** The n-th connection, once it is accepted. */
  async peer(index = 0): Promise<Peer> {
    await until(() => this.peers.length > index, `connection ${index}`);
    return this.peers[index] as Peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close(); // first: a connection that came later would keep it from closing
    await Promise.all(this.peers.map((peer) => peer[Symbol.asyncDispose]()));
    await closed;
  }
}

let tries = Math.floor(Math.random() * 12_000);

/**
 * A port without a listener, another one each time. It is below 32768: the kernel gives out ports from
 * there on, and a listener of another test could get such a port before a child process uses it.
 */
export async function closedPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (tries++ % 12_000);
    try {
      const target = await Target.open(port);
      await target[Symbol.asyncDispose]();
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
