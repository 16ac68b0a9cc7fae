/** Factories: they build the protocols of connections, and hold what these have in common. */
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
 * @example
 * class ChatFactory extends Factory {
 *   override protocol = Chat;
 *   readonly clients = new Set<Chat>();
 * }
 */
export class Factory {
  /**
   * The class of the protocols; null where `buildProtocol` is overridden.
   * @throws TypeError when it is set to anything else, such as an instance
   */
  declare protocol: ProtocolClass | null;
  /**
   * Bytes; while so many wait to be sent, nothing is read from that peer and its streaming producer
   * is paused. Twisted pauses the producer only. Read when a port or a connector begins.
   */
  highWater = 65536;
  /** Bytes; when more wait to be sent, that connection is lost. Infinity as in Twisted: no limit. */
  maxBuffer = Infinity;
  /** How many connections of a port may be open at once; more are refused. */
  maxConnections = Infinity;
  /**
   * Whether the memory of `dataReceived`'s bytes is used again after it has returned. Quicker, for
   * protocols that do not keep them; what is written may be the same bytes. Default false.
   */
  reusesInput = false;
  /** Set TCP_NODELAY on its connections, so that a small message is sent at once. Default true. */
  noDelay = true;
  /** How many ports and connectors use it. */
  numPorts = 0;
  #protocol: ProtocolClass | null = null;

  static {
    // A property of the prototype: a subclass can override it with a field, and an assignment is
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

  /** A factory for a protocol: `Factory.forProtocol(Echo)`. */
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
   * @returns null: the connection is closed at once
   * @throws TypeError where `protocol` is no class
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

  /** One port or connector more; for these. */
  doStart(): void {
    if (this.numPorts === 0) this.startFactory();
    this.numPorts++;
  }

  /** One port or connector less; for these. */
  doStop(): void {
    if (this.numPorts === 0) return;
    this.numPorts--;
    if (this.numPorts === 0) this.stopFactory();
  }
}

/**
 * A factory for `connectTCP`, with methods for how connecting goes.
 *
 * Mirrors `twisted.internet.protocol.ClientFactory`.
 */
export class ClientFactory extends Factory {
  /** An attempt has begun; `connector.stopConnecting()` gives it up. */
  startedConnecting(connector: TCPConnector): void {
    void connector;
  }

  /**
   * An attempt has failed; `connector.connect()` tries again.
   * @param reason - its `value` is the system's error, such as `ECONNREFUSED`, `ETIMEDOUT`, or
   *   `ECONNABORTED` after `stopConnecting`; a {@link ConnectionLost} when the reactor stops
   */
  clientConnectionFailed(connector: TCPConnector, reason: Failure): void {
    void connector;
    void reason;
  }

  /** A connection is over, after the protocol's `connectionLost`; `connector.connect()` makes another. */
  clientConnectionLost(connector: TCPConnector, reason: Failure): void {
    void connector;
    void reason;
  }
}

/**
 * Checks it before it is used, so that a mistake is not found by the first client.
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

/** Arrow functions and methods are functions, too, but make no objects. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && value.prototype !== undefined;
}
