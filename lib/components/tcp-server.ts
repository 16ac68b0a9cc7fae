/** A listening socket as a component. */

import { type Connection, type ConnectionHandlers, type Listener, listen } from '../loop/index.js';
import { familyOf } from '../loop/internal.js';
import { integer, toOptions, typeError } from '../values/index.js';
import { type BoxNames, Component, type Main } from './component.js';
import { CONNECTION_OPTIONS, ConnectedSocketAdaptor } from './connected-socket-adaptor.js';
import { NewCSA, ServerShutdown } from './messages.js';

const BACKLOG = 1024;
export const MAX_PORT = 65535;

/** The options of a {@link TCPServer}. */
export interface TCPServerOptions {
  /** The port, from 0 to 65535. Default: 0: the system chooses one. */
  port?: number | undefined;
  /** The address, IPv4 or IPv6; '' means every interface. Default: '127.0.0.1'. */
  host?: string | undefined;
  /** How many connections may be open at once; more wait. Default: no limit. */
  maxConnections?: number | undefined;
}

/**
 * Listens, and sends a `NewCSA` out of `protocolHandlerSignal` for each connection; the receiver
 * links the adaptor and activates it. If there is no free file descriptor, connections wait until
 * there is one. `activate` throws an OSError such as `EADDRINUSE` if it cannot listen. A shutdown on
 * `control` ends it: it stops listening; connections whose adaptor is active continue.
 *
 * Mirrors Kamaelia's `TCPServer`; listen(2).
 * @platform POSIX
 */
export class TCPServer extends Component {
  static override readonly Outboxes: BoxNames = {
    outbox: 'nothing',
    signal: 'its end: ServerShutdown',
    protocolHandlerSignal: 'new connections: NewCSA',
  };

  readonly #host: string;
  readonly #maxConnections: number | undefined;
  #port: number;
  #listener: Listener | null = null;
  /** Adaptors that were not activated yet. */
  readonly #offered = new Set<ConnectedSocketAdaptor>();

  /**
   * @param options - see {@link TCPServerOptions}
   * @throws RangeError, TypeError for bad options; `activate` checks `maxConnections`
   */
  constructor(options: TCPServerOptions = {}) {
    super();
    const { port = 0, host = '127.0.0.1', maxConnections } = toOptions(options);
    this.#port = integer('port', port, 0, MAX_PORT);
    if (typeof host !== 'string') throw typeError('host', 'a string', host);
    this.#host = host;
    this.#maxConnections = maxConnections;
  }

  /** The port; for port 0 the number that the system has chosen, once it is active. */
  get port(): number {
    return this.#port;
  }

  /** The host from the options. */
  get host(): string {
    return this.#host;
  }

  override *main(): Main {
    yield* this.untilShutdown();
    this.send(new ServerShutdown(this), 'signal');
  }

  /** @throws OSError such as `EADDRINUSE` */
  protected override activated(): void {
    const address: [host: string, port: number] = [this.#host, this.#port];
    this.#listener = listen(
      this.scheduler.loop,
      address,
      (connection) => this.#accept(connection),
      {
        ...CONNECTION_OPTIONS,
        family: familyOf(address),
        backlog: BACKLOG,
        maxConnections: this.#maxConnections,
      },
    );
    this.#port = this.#listener.getsockname()[1] as number;
  }

  /** An adaptor that was never activated could not end its connection by itself. */
  protected override ended(): void {
    this.#listener?.close();
    for (const adaptor of this.#offered) adaptor.refuse();
  }

  #accept(connection: Connection): ConnectionHandlers {
    if (!this.isLinked('protocolHandlerSignal')) {
      throw new Error(`the outbox protocolHandlerSignal of ${this.name} is not linked`);
    }
    const adaptor = new ConnectedSocketAdaptor();
    const handlers = adaptor.attach(connection, () => this.#offered.delete(adaptor));
    this.send(new NewCSA(this, adaptor), 'protocolHandlerSignal');
    this.#offered.add(adaptor);
    return handlers;
  }
}
