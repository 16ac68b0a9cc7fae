/** Servers with one component for each connection. */

import type { InternetAddress } from '../socket/index.js';
import { toOptions, typeError } from '../values/index.js';
import { type BoxNames, Component, checkComponent, type Main } from './component.js';
import type { ConnectedSocketAdaptor } from './connected-socket-adaptor.js';
import { isShutdown, NewCSA } from './messages.js';
import { Session } from './session.js';
import { TCPServer } from './tcp-server.js';

const DEFAULT_PORT = 1601;

/** The two ends of a connection. */
export interface ConnectionInfo {
  /** The peer's address, IPv4 or IPv6. */
  peer: string;
  /** The peer's port. */
  peerport: number;
  /** The local address, IPv4 or IPv6. */
  localip: string;
  /** The local port. */
  localport: number;
}

/**
 * Makes the component that handles a connection: a function, or the class itself. If it throws, the
 * connection is reset, and `onError` of the scheduler gets the error.
 */
export type ProtocolFactory<Info extends unknown[]> =
  | ((...info: Info) => Component)
  | (new (
      ...info: Info
    ) => Component);

/** The options of a {@link ServerCore}. */
export interface ServerCoreOptions {
  /**
   * Called for each connection; the returned component gets the peer's data in its `inbox`, and its
   * `outbox` goes to the peer.
   */
  protocol: ProtocolFactory<[info: ConnectionInfo]>;
  /** The TCP port, from 0 to 65535; 0: a free one. Default: 1601, as in Kamaelia. */
  port?: number | undefined;
  /** The address, IPv4 or IPv6; '' means every interface. Default: '127.0.0.1'. */
  host?: string | undefined;
  /** How many connections may be open at once; more wait. Default: no limit. */
  maxConnections?: number | undefined;
}

/** The options of a {@link SimpleServer}: as {@link ServerCoreOptions}, with another `protocol`. */
export interface SimpleServerOptions extends Omit<ServerCoreOptions, 'protocol'> {
  /** Called for each connection; the returned component handles it. */
  protocol: ProtocolFactory<[]>;
}

/**
 * A TCP server: for each connection `protocol` makes a component that handles it, from the peer's
 * and the local address. `activate` throws an OSError such as `EADDRINUSE` if it cannot listen.
 *
 * Connection and handler end together. When the handler ends, or announces it on `signal`, its data
 * is sent and the connection is closed. When the peer ends, the handler gets a `SocketShutdown` on
 * `control` and may still send; if it does nothing for two seconds, it is stopped. An error in one
 * connection is reported, and resets that connection only.
 *
 * A shutdown on `control` ends the server: it stops listening, and passes the shutdown to all
 * handlers and connections. A handler's outbox `serversignal`, if it has one, is linked to this
 * `control`.
 *
 * Mirrors Kamaelia's `ServerCore`.
 * @platform POSIX
 */
export class ServerCore extends Component {
  static override readonly Inboxes: BoxNames = {
    inbox: 'nothing',
    control: 'requests to end: ProducerFinished, ShutdownMicroprocess',
    connections: 'new connections: NewCSA',
  };

  readonly #server: TCPServer;
  readonly #protocol: ProtocolFactory<[info: ConnectionInfo]>;
  #end: unknown = null;

  /**
   * @param options - see {@link ServerCoreOptions}
   * @throws RangeError, TypeError for bad options; `activate` checks `maxConnections`
   */
  constructor(options: ServerCoreOptions) {
    super();
    const { protocol, port = DEFAULT_PORT, host, maxConnections } = toOptions(options);
    if (typeof protocol !== 'function') {
      throw typeError('protocol', 'a function that makes a component', protocol);
    }
    this.#protocol = protocol;
    this.#server = new TCPServer({ port, host, maxConnections });
    this.addChildren(this.#server);
    this.link([this.#server, 'protocolHandlerSignal'], [this, 'connections']);
  }

  /** The port; for port 0 the number that the system has chosen, once it is active. */
  get port(): number {
    return this.#server.port;
  }

  /** The host from the options. */
  get host(): string {
    return this.#server.host;
  }

  override *main(): Main {
    while (!this.childrenDone()) {
      while (this.dataReady('connections')) this.#begin(this.recv('connections'));
      while (this.dataReady('control')) this.#shutDown(this.recv('control'));
      this.pause();
      yield;
    }
    this.send(this.#end, 'signal');
  }

  /** @throws OSError such as `EADDRINUSE` */
  protected override activated(): void {
    this.#server.activate(this.scheduler);
  }

  #begin(message: unknown): void {
    if (!(message instanceof NewCSA)) return;
    const { object: socket } = message;
    try {
      const handler = this.#makeHandler(socket);
      const session = new Session(socket, handler);
      session.activate(this.scheduler);
      this.addChildren(session);
      if (handler.hasOutbox('serversignal')) {
        session.link([handler, 'serversignal'], [this, 'control']);
      }
      if (this.#end !== null) session.deliver(this.#end, 'control');
    } catch (error) {
      socket.abort();
      this.scheduler.report(error, this);
    }
  }

  #makeHandler(socket: ConnectedSocketAdaptor): Component {
    const [peer, peerport] = socket.peer as InternetAddress;
    const [localip, localport] = socket.host as InternetAddress;
    const handler = call(this.#protocol, { peer, peerport, localip, localport });
    checkComponent('the result of protocol', handler);
    return handler;
  }

  #shutDown(message: unknown): void {
    if (!isShutdown(message) || this.#end !== null) return;
    this.#end = message;
    for (const child of this.childComponents) child.deliver(message, 'control');
  }
}

/**
 * As {@link ServerCore}, but `protocol` is called without arguments.
 *
 * Mirrors Kamaelia's `SimpleServer`.
 * @platform POSIX
 */
export class SimpleServer extends ServerCore {
  /**
   * @param options - see {@link SimpleServerOptions}
   * @throws RangeError, TypeError for bad options; `activate` checks `maxConnections`
   */
  constructor(options: SimpleServerOptions) {
    const { protocol, ...rest } = toOptions(options);
    const isFunction = typeof protocol === 'function';
    super({ ...rest, protocol: isFunction ? () => call(protocol) : protocol });
  }
}

function call<Info extends unknown[]>(protocol: ProtocolFactory<Info>, ...info: Info): Component {
  if (protocol.prototype instanceof Component) {
    return new (protocol as new (...info: Info) => Component)(...info);
  }
  return (protocol as (...info: Info) => Component)(...info);
}
