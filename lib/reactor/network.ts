/** The open ports, connectors and transports of a reactor, which end with it. */
import type { Connection, ConnectionOptions, EventLoop } from '../loop/index.js';
import { Limits } from '../stream/internal.js';
import type { TCPConnector } from './connector.js';
import type { Factory } from './factory.js';
import type { Port } from './port.js';
import { TCPTransport, type TransportOwner } from './transport.js';
import type { SystemEventTrigger } from './triggers.js';

/** The members of the reactor that ports and connectors use. */
export interface Home {
  readonly loop: EventLoop;
  callWhenRunning(callback: () => void): SystemEventTrigger | null;
  removeSystemEventTrigger(trigger: SystemEventTrigger): void;
}

/** A connector, as its transport sees it. */
export interface TransportUser extends TransportOwner {
  transportMade(transport: TCPTransport): void;
}

export class Network implements TransportOwner {
  readonly ports = new Set<Port>();
  /** The connectors that are connecting or connected. */
  readonly connectors = new Set<TCPConnector>();
  /** The transports whose sockets are open. */
  readonly #transports = new Set<TCPTransport>();
  readonly #home: Home;
  /** While the reactor stops: called when no socket is open any more. */
  #whenEmpty: (() => void) | null = null;

  constructor(home: Home) {
    this.#home = home;
  }

  get loop(): EventLoop {
    return this.#home.loop;
  }

  /** Whether a connection's socket is still open. */
  get isOpen(): boolean {
    return this.#transports.size > 0;
  }

  /** Calls `callback` now if the reactor runs, otherwise when it starts. */
  whenRunning(callback: () => void): SystemEventTrigger | null {
    return this.#home.callWhenRunning(callback);
  }

  forget(trigger: SystemEventTrigger): void {
    this.#home.removeSystemEventTrigger(trigger);
  }

  /**
   * Gives a new connection a transport and a protocol.
   * @param connector - the connector that has made it; null for a port
   */
  begin(
    connection: Connection,
    factory: Factory,
    connector: TransportUser | null = null,
  ): TCPTransport {
    const transport = new TCPTransport(this.loop, connection, connector ?? this);
    this.#transports.add(transport);
    connector?.transportMade(transport);
    transport.begin((address) => factory.buildProtocol(address));
    if (this.#whenEmpty !== null) transport.stop();
    return transport;
  }

  /** For transports. */
  transportLost(): void {}

  /** For transports. */
  transportClosed(transport: TCPTransport): void {
    this.#transports.delete(transport);
    if (!this.isOpen) this.#whenEmpty?.();
  }

  closePorts(): void {
    for (const port of [...this.ports]) this.loop.guard('stopFactory', () => port.stopListening());
  }

  /**
   * Ends everything: calls each `connectionLost`, and sends the unsent bytes within two seconds.
   * @param whenEmpty - called when the last socket is closed, if one is open now
   */
  stop(whenEmpty: () => void): void {
    this.#whenEmpty = whenEmpty;
    this.closePorts();
    for (const connector of [...this.connectors]) connector.stop();
    for (const transport of [...this.#transports]) transport.stop();
  }

  /** Called when the reactor has stopped. */
  stopped(): void {
    this.#whenEmpty = null;
  }
}

/**
 * The options of a factory's connections.
 * @throws RangeError, TypeError for a value that is not a limit
 */
export function optionsOf(factory: Factory): ConnectionOptions {
  const { highWater, maxBuffer, reusesInput, noDelay } = factory;
  return new Limits({ highWater, lowWater: 0, maxBuffer, reusesInput, noDelay });
}
