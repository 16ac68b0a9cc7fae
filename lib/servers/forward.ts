/** A TCP port forwarder on the event loop: who connects here talks with the target. */
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
import type { SignalPipe } from 'fdselect/signal';
import type { Say } from './support/output.js';
import { announce, type ServeOptions, type Target } from './support/start.js';

const BACKLOG = 1024;
/** How long those have who were told that nothing more will come. */
const PATIENCE_SECONDS = 2;

const options: ConnectionOptions = {
  // The end of one direction is not the end of the other.
  allowHalfOpen: true,
  // What waits for one side keeps the other one from being read, not this one.
  pausesReading: false,
  // It is passed on at once.
  reusesInput: true,
};

class Forwarder {
  readonly #loop: EventLoop;
  readonly #target: Target;
  readonly #listener: Listener;
  readonly #stop: SignalPipe;
  readonly #say: Say;
  readonly #ends = new Set<End>();
  readonly #connectors = new Set<Connector>();
  #isStopping = false;

  constructor(serveOptions: ServeOptions, target: Target) {
    const { host, port, selector } = serveOptions;
    this.#target = target;
    this.#loop = new EventLoop({ selector });
    this.#listener = listen(this.#loop, [host, port], (client) => this.#accept(client), {
      ...options,
      backlog: BACKLOG,
    });
    const address = this.#listener.getsockname() as [host: string, port: number];
    const { stop, say } = announce(serveOptions, address);
    this.#stop = stop;
    this.#say = say;
    say(`accepting connections on port ${address[1]}`);
    this.#loop.watch(stop, 'r', () => this.#onSignal()).unref();
  }

  run(): void {
    this.#loop.run();
  }

  #accept(client: Connection): ConnectionHandlers {
    this.#say(`connect from ${client.peer[0]}`);
    client.pause(); // until there is somebody to read for
    const end = this.#begin(client);
    this.#connect(end);
    return end;
  }

  #connect(client: End): void {
    const { host, port } = this.#target;
    let connector: Connector;
    try {
      connector = connect(this.#loop, [host, port], {
        ...options,
        onConnection: (connection) => {
          this.#connectors.delete(connector);
          const target = this.#begin(connection);
          target.other = client;
          client.other = target;
          client.connection.resume();
          return target;
        },
        onFailed: () => {
          this.#connectors.delete(connector);
          this.#refuse(client);
        },
      });
    } catch {
      this.#refuse(client); // no fd is left, or no such host
      return;
    }
    this.#connectors.add(connector);
  }

  #begin(connection: Connection): End {
    const end = new End(connection, () => this.#ends.delete(end));
    this.#ends.add(end);
    return end;
  }

  /** The target is not there: the client is told so by the end of the connection. */
  #refuse(client: End): void {
    client.connection.close(PATIENCE_SECONDS);
  }

  /** The first signal ends it in peace, the second one at once. */
  #onSignal(): void {
    const isUrgent = this.#isStopping || this.#stop.read().length > 1;
    this.#isStopping = true;
    if (isUrgent) {
      this.#loop.stop();
      return;
    }
    // When all of them are closed, nothing is left to run for.
    this.#listener.close();
    for (const connector of this.#connectors) connector.cancel();
    for (const { connection } of this.#ends) connection.close(PATIENCE_SECONDS);
  }
}

/** One of the two ends of what is forwarded. */
class End implements ConnectionHandlers {
  readonly connection: Connection;
  /** Null until the target has answered. */
  other: End | null = null;
  readonly #onLost: () => void;

  constructor(connection: Connection, onLost: () => void) {
    this.connection = connection;
    this.#onLost = onLost;
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
    this.#onLost();
    if (error !== null) this.other?.connection.abort();
  }
}

export function serve(serveOptions: ServeOptions): void {
  // The command line lets nobody in without a target.
  new Forwarder(serveOptions, serveOptions.target as Target).run();
}
