/** The base class of all protocols: what one connection says and understands. */
import type { TCPAddress } from './address.js';
import type { Factory } from './factory.js';
import type { Failure } from './failure.js';
import type { Transport } from './transport.js';

/**
 * One connection, as its user sees it. A subclass overrides the methods that it needs. What it throws is reported to the reactor's `onError`, and is the end of this connection
 * only: `connectionLost` gets that error as the reason.
 *
 * Mirrors `twisted.internet.protocol.Protocol`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.protocol.Protocol.html
 */
export class Protocol {
  /** The way to the other side; from `makeConnection` on. */
  transport!: Transport;
  /** The factory that has built it, set by `buildProtocol`. A subclass can `declare factory: ChatFactory`. */
  factory!: Factory;
  /** Whether there is a connection. */
  connected = false;

  /** Binds the protocol to a transport; for the reactor, and for tests with a transport of their own. */
  makeConnection(transport: Transport): void {
    this.connected = true;
    this.transport = transport;
    this.connectionMade();
  }

  /** The connection is there. */
  connectionMade(): void {}

  /**
   * Bytes have come, in pieces of any size; they may be kept.
   * @param data - at least one byte
   */
  dataReceived(data: Buffer): void {
    void data;
  }

  /**
   * The connection is over: told exactly once, as the last thing.
   *
   * @param reason - its `value` is a {@link ConnectionDone} where one of the sides has ended it, a
   *   {@link ConnectionLost} where it has broken or the reactor was stopped, a
   *   {@link ConnectionAborted} after `abortConnection`, or what this protocol has thrown
   */
  connectionLost(reason: Failure): void {
    void reason;
  }
}

/**
 * What a protocol has besides, if one end of the connection is not the end of both. `IHalfCloseableProtocol`.
 *
 * With a protocol that has no `readConnectionLost`, a connection ends when the other side has ended
 * it and all that was written has been sent.
 */
export interface HalfCloseableProtocol {
  /** The other side will send no more; writing goes on until `loseConnection`, or `loseWriteConnection`. */
  readConnectionLost(): void;
  /** After `loseWriteConnection`: everything was sent. */
  writeConnectionLost?(): void;
}

/** A class whose instances are protocols. */
export type ProtocolClass = new () => Protocol;

/** Builds a protocol for the peer at this address; null to close the connection. */
export type BuildProtocol = (address: TCPAddress) => Protocol | null;
