/** What is open in a reactor, so that its end is the end of all of it. */
import type { Connection, ConnectionOptions, EventLoop } from '../loop/index.js';
import { Limits } from '../stream/internal.js';
import type { TCPConnector } from './connector.js';
import type { Factory } from './factory.js';
import type { Port } from './port.js';
import { TCPTransport, type TransportOwner } from './transport.js';
import type { SystemEventTrigger } from './triggers.js';

/** What ports and connectors need of their reactor. */
export interface Home {
  readonly loop: EventLoop;
  callWhenRunning(callback: () => void): SystemEventTrigger | null;
  removeSystemEventTrigger(trigger: SystemEventTrigger): void;
}

/** A connector as its transport's user. */
export interface TransportUser extends TransportOwner {
  transportMade(transport: TCPTransport): void;
}

export class Network implements TransportOwner {
  readonly ports = new Set<Port>();
  /** Those that connect. */
  readonly connectors = new Set<TCPConnector>();
  /** Until their sockets are closed. */
  readonly #transports = new Set<TCPTransport>();
  readonly #home: Home;
  /** While the reactor stops: is called when no socket is open any more. */
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

  /** Calls it now if the reactor runs, else when it begins to. */
  whenRunning(callback: () => void): SystemEventTrigger | null {
    return this.#home.callWhenRunning(callback);
  }

  forget(trigger: SystemEventTrigger): void {
    this.#home.removeSystemEventTrigger(trigger);
  }

  /**
   * Gives a new connection a transport and a protocol.
   * @param connector - that has made it; null for a port
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
   * Ends all of it: each `connectionLost` is called, and what is queued is sent within two seconds.
   * @param whenEmpty - is called when the last socket is closed, if one is open now
   */
  stop(whenEmpty: () => void): void {
    this.#whenEmpty = whenEmpty;
    this.closePorts();
    for (const connector of [...this.connectors]) connector.stop();
    for (const transport of [...this.#transports]) transport.stop();
  }

  /** The reactor has stopped. */
  stopped(): void {
    this.#whenEmpty = null;
  }
}

/**
 * The options that a factory has for its connections.
 * @throws RangeError, TypeError for a value that is not a limit
 */
export function optionsOf(factory: Factory): ConnectionOptions {
  const { highWater, maxBuffer, reusesInput, noDelay } = factory;
  return new Limits({ highWater, lowWater: 0, maxBuffer, reusesInput, noDelay });
}
