/** `Protocol`: the base class of protocols, which handle one connection each. */
import type { TCPAddress } from './address.js';
import type { Factory } from './factory.js';
import type { Failure } from './failure.js';
import type { Transport } from './transport.js';

/**
 * Handles one connection. A subclass overrides the methods that it needs. If a method throws, the
 * error is passed to the reactor's `onError` and ends only this connection: `connectionLost` gets it as
 * the reason.
 *
 * Mirrors `twisted.internet.protocol.Protocol`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.protocol.Protocol.html
 * @platform POSIX
 */
export class Protocol {
  /** The transport, which sends to the peer; set by `makeConnection`. */
  transport!: Transport;
  /** The factory that has built it, set by `buildProtocol`. A subclass can `declare factory: ChatFactory`. */
  factory!: Factory;
  /** Whether there is a connection. */
  connected = false;

  /**
   * Binds the protocol to a transport; for the reactor, and for tests with a transport of their own.
   * @param transport - sends to the peer
   * @throws any error of {@link connectionMade}
   */
  makeConnection(transport: Transport): void {
    this.connected = true;
    this.transport = transport;
    this.connectionMade();
  }

  /** Called when the connection is established. */
  connectionMade(): void {}

  /**
   * Called with received bytes, in pieces of any size; they may be kept.
   * @param data - at least one byte
   */
  dataReceived(data: Buffer): void {
    void data;
  }

  /**
   * Called exactly once, as the last method, when the connection has ended.
   *
   * @param reason - its `value` is a {@link ConnectionDone} if one of the sides has ended it, a
   *   {@link ConnectionLost} if it was lost or the reactor was stopped, a {@link ConnectionAborted}
   *   after `abortConnection`, or an error that this protocol has thrown
   */
  connectionLost(reason: Failure): void {
    void reason;
  }
}

/**
 * Further methods of a protocol that supports half-closed connections.
 *
 * Mirrors `IHalfCloseableProtocol`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.interfaces.IHalfCloseableProtocol.html
 *
 * If a protocol has no `readConnectionLost`, a connection ends when the peer has ended it and all
 * written bytes have been sent.
 */
export interface HalfCloseableProtocol {
  /** Called at the peer's end of file; writing continues until `loseConnection`. */
  readConnectionLost(): void;
  /** Called after `loseWriteConnection`, when everything was sent. */
  writeConnectionLost?(): void;
}

/** A class whose instances are protocols. */
export type ProtocolClass = new () => Protocol;

/** Builds a protocol for the peer at this address; null to close the connection. */
export type BuildProtocol = (address: TCPAddress) => Protocol | null;
