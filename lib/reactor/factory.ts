/** Factories: build the protocols of connections, and hold their common state. */
import { typeError } from '../values/index.js';
import type { TCPAddress } from './address.js';
import type { TCPConnector } from './connector.js';
import type { Failure } from './failure.js';
import type { Protocol, ProtocolClass } from './protocol.js';

/**
 * Builds a protocol for each connection of a port.
 *
 * Mirrors `twisted.internet.protocol.Factory`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.protocol.Factory.html
 *
 * @platform POSIX
 * @example
 * class ChatFactory extends Factory {
 *   override protocol = Chat;
 *   readonly clients = new Set<Chat>();
 * }
 */
export class Factory {
  /**
   * The class of the protocols; may be null if `buildProtocol` is overridden.
   * @throws TypeError when it is set to anything else, such as an instance
   */
  declare protocol: ProtocolClass | null;
  /**
   * Bytes; while so many are unsent, nothing is read from that peer and its streaming producer is
   * paused. Twisted pauses only the producer. Used when a port or a connector starts.
   */
  highWater = 65536;
  /** Bytes; when more are unsent, that connection is lost. Default, as in Twisted: Infinity. */
  maxBuffer = Infinity;
  /** How many connections of a port may be open at once; others are refused. */
  maxConnections = Infinity;
  /**
   * Whether the memory of `dataReceived`'s bytes is reused after it has returned. Quicker, for
   * protocols that do not keep them; they may be passed to `write`. Default: false.
   */
  reusesInput = false;
  /** Sets TCP_NODELAY on its connections, so that a small message is sent at once. Default: true. */
  noDelay = true;
  /** How many ports and connectors use it. */
  numPorts = 0;
  #protocol: ProtocolClass | null = null;

  static {
    // An accessor of the prototype: a subclass can override it by a field, and an assignment is
    // checked at once.
    Object.defineProperty(Factory.prototype, 'protocol', {
      get(this: Factory) {
        return this.#protocol;
      },
      set(this: Factory, protocol: ProtocolClass | null) {
        checkProtocol(protocol);
        this.#protocol = protocol;
      },
      configurable: true,
    });
  }

  /**
   * A factory for a protocol: `Factory.forProtocol(Echo)`.
   * @param protocol - the class of its protocols
   * @param args - arguments of the factory's constructor
   * @returns a new factory of the class on which this is called
   * @throws TypeError if `protocol` is not a class
   */
  static forProtocol<F extends Factory, A extends unknown[]>(
    this: new (
      ...args: A
    ) => F,
    protocol: ProtocolClass,
    ...args: A
  ): F {
    const factory = new this(...args);
    factory.protocol = protocol;
    return factory;
  }

  /**
   * Makes the protocol for a connection.
   * @param address - that of the peer
   * @returns the protocol; null closes the connection at once
   * @throws TypeError if `protocol` is not a class
   */
  buildProtocol(address: TCPAddress): Protocol | null {
    void address;
    const { protocol } = this;
    checkProtocol(protocol);
    if (protocol === null) throw typeError('factory.protocol', 'a class', protocol);
    const built = new protocol();
    built.factory = this;
    return built;
  }

  /** Its first port or connector is about to begin. */
  startFactory(): void {}

  /** Its last port or connector has ended. */
  stopFactory(): void {}

  /** Counts a new port or connector, which calls this. */
  doStart(): void {
    if (this.numPorts === 0) this.startFactory();
    this.numPorts++;
  }

  /** Counts the end of a port or connector, which calls this. */
  doStop(): void {
    if (this.numPorts === 0) return;
    this.numPorts--;
    if (this.numPorts === 0) this.stopFactory();
  }
}

/**
 * A factory for `connectTCP`, with methods that report the progress of connecting.
 *
 * Mirrors `twisted.internet.protocol.ClientFactory`.
 * @platform POSIX
 */
export class ClientFactory extends Factory {
  /**
   * Called when an attempt has started; `connector.stopConnecting()` gives up.
   * @param connector - which is connecting
   */
  startedConnecting(connector: TCPConnector): void {
    void connector;
  }

  /**
   * Called when an attempt has failed; `connector.connect()` tries again.
   * @param connector - which has failed
   * @param reason - its `value` is the system's error, such as `ECONNREFUSED`, `ETIMEDOUT`, or
   *   `ECONNABORTED` after `stopConnecting`; a {@link ConnectionLost} when the reactor stops
   */
  clientConnectionFailed(connector: TCPConnector, reason: Failure): void {
    void connector;
    void reason;
  }

  /**
   * Called after the protocol's `connectionLost`; `connector.connect()` connects again.
   * @param connector - which is disconnected now
   * @param reason - the same as that of the protocol's `connectionLost`
   */
  clientConnectionLost(connector: TCPConnector, reason: Failure): void {
    void connector;
    void reason;
  }
}

/**
 * Checks a factory before it is used, so that a mistake does not appear only with the first client.
 * @throws TypeError for a value that is not a factory, or one with a `protocol` that is not a class
 */
export function checkFactory(factory: unknown, ...methods: (keyof ClientFactory)[]): void {
  for (const method of ['buildProtocol', 'doStart', 'doStop', ...methods] as const) {
    if (typeof (factory as Partial<ClientFactory> | null)?.[method] === 'function') continue;
    const kind = methods.length > 0 ? 'a ClientFactory' : 'a Factory';
    throw typeError('factory', kind, factory);
  }
  checkProtocol((factory as Factory).protocol);
}

function checkProtocol(protocol: unknown): asserts protocol is ProtocolClass | null {
  if (protocol === null || isClass(protocol)) return;
  throw typeError('factory.protocol', 'a class, not an instance of one', protocol);
}

/** Arrow functions and methods are functions too, but cannot construct objects. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && value.prototype !== undefined;
}
