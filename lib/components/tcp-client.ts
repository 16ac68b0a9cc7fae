/** A connection to a server as a component. */

import { type Connection, type Connector, connect } from '../loop/index.js';
import { checkSeconds } from '../loop/internal.js';
import { integer, toOptions, typeError } from '../values/index.js';
import type { BoxNames, Main } from './component.js';
import { CONNECTION_OPTIONS, ConnectedSocketAdaptor } from './connected-socket-adaptor.js';
import { ShutdownMicroprocess, SocketShutdown } from './messages.js';
import { MAX_PORT } from './tcp-server.js';

/** The options of a {@link TCPClient}. */
export interface TCPClientOptions {
  /** Seconds to wait before it connects. Default: 0. */
  delay?: number | undefined;
  /** Seconds until it fails with `ETIMEDOUT`, the look-up included; finite. Default: 60. */
  timeout?: number | undefined;
}

const DEFAULT_TIMEOUT = 60;

/**
 * Connects to a server: messages in its `inbox`, bytes or strings, go to the server, the server's data
 * comes out of its `outbox`, as Buffers.
 *
 * `ProducerFinished` on `control`: when everything was sent, the end of file follows, and the
 * server's data still comes out until the server ends as well. `ShutdownMicroprocess` closes the
 * connection. At the end `signal` sends a `SocketShutdown` (a `ProducerFinished`), whose message is
 * the error of a failed or broken connection, or null. If `signal` is not linked, `onError` gets the
 * error.
 *
 * Mirrors Kamaelia's `TCPClient`; connect(2).
 * @platform POSIX
 */
export class TCPClient extends ConnectedSocketAdaptor {
  static override readonly Outboxes: BoxNames = {
    outbox: 'data that the server has sent: Buffers',
    signal: 'the end of the connection: SocketShutdown',
    connected: 'the address of the server, once it is connected',
  };

  readonly #address: [host: string, port: number];
  readonly #delay: number;
  readonly #timeout: number;
  #connector: Connector | null = null;
  #failure: Error | null = null;

  /**
   * @param host - an address, or a name, which is looked up without blocking
   * @param port - from 1 to 65535
   * @param options - see {@link TCPClientOptions}
   * @throws RangeError, TypeError for bad arguments
   */
  constructor(host: string, port: number, options: TCPClientOptions = {}) {
    super();
    const { delay = 0, timeout = DEFAULT_TIMEOUT } = toOptions(options);
    if (typeof host !== 'string') throw typeError('host', 'a string', host);
    this.#address = [host, integer('port', port, 1, MAX_PORT)];
    checkSeconds(delay, 0, 'delay');
    checkSeconds(timeout, 0, 'timeout');
    this.#delay = delay;
    this.#timeout = timeout;
  }

  override *main(): Main {
    yield* this.#wait();
    if (!this.#isShutDown) yield* this.#connect();
    if (this.#isShutDown) this.tellEnd(null);
    else if (this.#failure !== null) this.tellEnd(this.#failure);
    else yield* super.main() as Generator<unknown, void, undefined>;
  }

  protected override tellEof(): void {}

  protected override tellEnd(error: Error | null): void {
    if (error === null || this.isLinked('signal')) {
      this.send(new SocketShutdown(this, error), 'signal');
    } else {
      this.scheduler.report(error, this);
    }
  }

  protected override finish(connection: Connection): void {
    connection.end();
  }

  protected override ended(): void {
    this.#connector?.cancel();
    super.ended();
  }

  get #isShutDown(): boolean {
    return this.readControl() instanceof ShutdownMicroprocess;
  }

  *#wait(): Generator<undefined, void, undefined> {
    const { loop } = this.scheduler;
    const end = loop.time() + this.#delay;
    for (let left = this.#delay; left > 0 && !this.#isShutDown; left = end - loop.time()) {
      this.pause(left);
      yield;
    }
  }

  *#connect(): Generator<undefined, void, undefined> {
    try {
      this.#connector = connect(this.scheduler.loop, this.#address, {
        ...CONNECTION_OPTIONS,
        timeout: this.#timeout,
        onConnection: (connection) => {
          this.#connector = null;
          this.wake();
          return this.attach(connection);
        },
        onFailed: (error) => {
          this.#connector = null;
          this.#failure = error;
          this.wake();
        },
      });
    } catch (error) {
      this.#failure = error as Error; // no file descriptor is left
    }
    while (this.#connector !== null) {
      if (this.#isShutDown) this.#connector.cancel();
      this.pause();
      yield;
    }
    if (this.#failure === null) this.send(this.peer, 'connected');
  }
}
