/** A TCP port forwarder that uses the event loop: connects each client with the target. */
import { readdirSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import type { OSError } from 'fdselect';
import {
  type Connection,
  type ConnectionHandlers,
  type ConnectionOptions,
  type Connector,
  connect,
  EventLoop,
  type Listener,
  listen,
} from 'fdselect/loop';
import { type Address, Socket } from 'fdselect/socket';
import { FAREWELL_SECONDS, REST_SECONDS } from 'fdselect/stream';
import { announce, type Stop } from './support/announce.js';
import type { ServeOptions, Target } from './support/options.js';
import { printError, type Say } from './support/output.js';

/** Other fds that are needed: spare ones, and those of a lookup of the target's name. */
const SPARE_FDS = 5;
const LOOKUP_FDS = 6;

const options: ConnectionOptions = {
  // Each direction ends by itself.
  allowHalfOpen: true,
  // Backpressure: unsent bytes for one side must stop reading from the other side, not from this one.
  pausesReading: false,
  // Received bytes are written to the other side at once.
  reusesInput: true,
};

class Forwarder {
  readonly #loop: EventLoop;
  readonly #target: Target;
  readonly #listener: Listener;
  readonly #stop: Stop;
  readonly #say: Say;
  readonly #ends = new Set<End>();
  readonly #connectors = new Set<Connector>();
  /** The clients without a connection to the target, because no fd is left. */
  readonly #waiting = new Set<End>();
  #isStopping = false;

  constructor(serveOptions: ServeOptions, target: Target) {
    const { host, port, selector, worker } = serveOptions;
    const place = worker === undefined ? ([host, port] as Address) : Socket.fromfd(worker.listener);
    this.#target = target;
    this.#loop = new EventLoop({ selector });
    this.#listener = listen(this.#loop, place, (client) => this.#accept(client), {
      ...options,
      maxConnections: Math.min(
        serveOptions.maxClients ?? Infinity,
        roomForClients(target, worker?.count),
      ),
    });
    const address = this.#listener.getsockname() as [host: string, port: number];
    const { stop, say } = announce(serveOptions, address, 2);
    this.#stop = stop;
    this.#say = say;
    say('accepting connections on port', address[1]);
    this.#loop.watch(stop, 'r', () => this.#onSignal()).unref();
  }

  run(): void {
    this.#loop.run();
  }

  #accept(client: Connection): ConnectionHandlers {
    this.#say('connect from', client.peer[0]);
    client.pause(); // until the target is connected
    const end = this.#begin(client);
    this.#connect(end);
    return end;
  }

  #connect(client: End): void {
    if (client.isLost) return;
    const { host, port } = this.#target;
    let connector: Connector | null = null;
    const failed = (error: Error) => {
      if (connector !== null) this.#connectors.delete(connector);
      this.#onFailed(client, error as OSError);
    };
    try {
      connector = connect(this.#loop, [host, port], {
        ...options,
        onConnection: (connection) => {
          this.#connectors.delete(connector as Connector);
          return this.#join(client, connection);
        },
        onFailed: failed,
      });
      this.#connectors.add(connector);
    } catch (error) {
      failed(error as Error);
    }
  }

  #join(client: End, connection: Connection): End {
    const target = this.#begin(connection);
    target.other = client;
    client.other = target;
    client.connection.resume();
    if (client.isLost) connection.abort();
    return target;
  }

  #begin(connection: Connection): End {
    const end = new End(connection, {
      lost: () => this.#ends.delete(end),
      closed: () => this.#retry(),
    });
    this.#ends.add(end);
    return end;
  }

  /** If no fd is left, the client is not closed: it waits until an fd is free. */
  #onFailed(client: End, error: OSError): void {
    const isFull = error.code === 'EMFILE' || error.code === 'ENFILE';
    if (isFull && !this.#isStopping) {
      if (this.#waiting.size === 0) this.#loop.callLater(REST_SECONDS, () => this.#retry());
      this.#waiting.add(client);
      return;
    }
    // If the target refuses, only the client's connection ends. Other errors are reported here.
    if (error.syscall !== 'connect') printError(client.connection.peer[0], error);
    client.connection.close(FAREWELL_SECONDS);
  }

  /** Tries again, because an fd may be free. */
  #retry(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    if (this.#isStopping) return;
    for (const client of waiting) this.#connect(client);
  }

  /** At the first signal, everything that was received is still sent; the second ends it at once. */
  #onSignal(): void {
    const isUrgent = this.#isStopping || this.#stop.read().length > 1;
    this.#isStopping = true;
    if (isUrgent) {
      this.#loop.stop();
      return;
    }
    // When all these are closed, the loop ends.
    this.#listener.close();
    for (const connector of this.#connectors) connector.cancel();
    for (const { connection } of this.#ends) connection.close(FAREWELL_SECONDS);
  }
}

interface EndOwner {
  lost(): void;
  closed(): void;
}

/** One of the two connections of a client. */
class End implements ConnectionHandlers {
  readonly connection: Connection;
  /** Null until the target is connected. */
  other: End | null = null;
  isLost = false;
  readonly #owner: EndOwner;

  constructor(connection: Connection, owner: EndOwner) {
    this.connection = connection;
    this.#owner = owner;
  }

  data(bytes: Buffer): void {
    if (this.other?.connection.write(bytes) === false) this.connection.pause();
  }

  urgent(byte: Buffer): void {
    this.other?.connection.writeUrgent(byte[0] as number);
  }

  drain(): void {
    this.other?.connection.resume();
  }

  eof(): void {
    this.other?.connection.end();
  }

  lost(error: Error | null): void {
    this.isLost = true;
    this.#owner.lost();
    if (error === null) return;
    // Otherwise the other side would wait for an end of file that never comes.
    this.other?.connection.abort();
    if ((error as OSError).syscall === 'epoll_ctl') printError(this.connection.peer[0], error);
  }

  closed(): void {
    this.#owner.closed();
  }
}

/** For how many clients there are fds: each needs another one for its target. Others wait. */
function roomForClients({ host }: Target, workers = 1): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const max = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
    const others = readdirSync('/proc/self/fd').length + SPARE_FDS;
    const left = max - others - (host.includes(':') || isIPv4(host) ? 0 : LOOKUP_FDS);
    return Math.max(1, Math.floor(left / 2 / workers));
  } catch {
    return Infinity; // not Linux
  }
}

export function serve(serveOptions: ServeOptions): void {
  // The command line requires a target.
  new Forwarder(serveOptions, serveOptions.target as Target).run();
}
