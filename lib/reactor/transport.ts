/** Transports: connections of the loop with Twisted's names. */

import type { Connection, ConnectionHandlers, EventLoop } from '../loop/index.js';
import { IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY } from '../socket/internal.js';
import { FAREWELL_SECONDS } from '../stream/index.js';
import { type BytesLike, OSError, toBytes, typeError } from '../values/index.js';
import { type TCPAddress, tcpAddress } from './address.js';
import { ConnectionAborted, ConnectionDone, ConnectionLost } from './errors.js';
import { Failure } from './failure.js';
import { type BuildProtocol, type HalfCloseableProtocol, Protocol } from './protocol.js';

/**
 * Produces data for a transport. A streaming ("push") producer writes by itself, and is paused and
 * resumed; a "pull" producer writes once each time it is resumed.
 */
export interface TransportProducer {
  /** Called when there is room. A pull producer writes once then. */
  resumeProducing(): void;
  /** Only for streaming producers. */
  pauseProducing?(): void;
  /** Called when the connection has ended. */
  stopProducing?(): void;
}

/**
 * Sends to the peer of a connection, and ends the connection. No method of the protocol is called
 * within a method of the transport.
 *
 * Mirrors `ITCPTransport`, `IConsumer` and `IPushProducer`:
 * https://docs.twisted.org/en/stable/api/twisted.internet.interfaces.ITCPTransport.html
 * @platform POSIX
 */
export interface Transport {
  /** Whether it is connected. */
  readonly connected: boolean;
  /** Whether `loseConnection` or `abortConnection` was called. */
  readonly disconnecting: boolean;
  /** Whether the connection has ended. */
  readonly disconnected: boolean;
  /**
   * Sends bytes at once; the rest that the kernel does not take is copied and sent later. Does nothing
   * if the connection has ended, or after `loseConnection` or `loseWriteConnection`, unless a producer
   * is still registered.
   * @param data - not a string
   * @throws TypeError for a value that is not bytes, such as a string
   */
  write(data: BytesLike): void;
  /**
   * As `write`, for several pieces.
   * @param pieces - each as for `write`
   * @throws TypeError that names the piece that is not bytes
   */
  writeSequence(pieces: Iterable<BytesLike>): void;
  /**
   * Ends the connection when everything was sent; if a producer is registered, after it was
   * unregistered. Nothing more is received.
   */
  loseConnection(): void;
  /** Ends the connection at once with a reset; unsent bytes are lost. */
  abortConnection(): void;
  /**
   * Sends the end of file when everything was sent, and continues receiving; see
   * {@link HalfCloseableProtocol}. The connection ends when the peer has ended too.
   */
  loseWriteConnection(): void;
  /** The local address. */
  getHost(): TCPAddress;
  /** The address of the peer, also after it has gone. */
  getPeer(): TCPAddress;
  /**
   * Whether small pieces are sent at once: TCP_NODELAY.
   * @throws OSError `EBADF` if the connection has ended
   */
  getTcpNoDelay(): boolean;
  /**
   * @param enabled - whether small pieces are sent at once
   * @throws OSError `EBADF` if the connection has ended, as the other three
   */
  setTcpNoDelay(enabled: boolean): void;
  /**
   * Whether an idle connection is checked from time to time: SO_KEEPALIVE.
   * @throws OSError `EBADF` if the connection has ended
   */
  getTcpKeepAlive(): boolean;
  /**
   * Sets SO_KEEPALIVE to `enabled`; socket(7).
   * @throws OSError `EBADF` if the connection has ended
   */
  setTcpKeepAlive(enabled: boolean): void;
  /** Receives nothing until `resumeProducing`. The peer is blocked when the buffers are full. */
  pauseProducing(): void;
  /** Undoes `pauseProducing`; idempotent. */
  resumeProducing(): void;
  /** `loseConnection`. */
  stopProducing(): void;
  /**
   * Registers a producer, which may write then.
   * @param producer - it is stopped at once if the connection has ended
   * @param streaming - true: it writes by itself, and is paused when too many bytes are unsent (see
   *   `Factory.highWater`), until all are sent. False: it is resumed each time all bytes are sent, the
   *   first time at once
   * @throws Error `ERR_ALREADY_REGISTERED` if another producer is registered
   * @throws TypeError for an object without the methods
   */
  registerProducer(producer: TransportProducer, streaming: boolean): void;
  /** Ends the production; a `loseConnection` that waited for it takes effect. Idempotent. */
  unregisterProducer(): void;
}

/** The protocol before `buildProtocol` was called; it does nothing. */
const NO_PROTOCOL = new Protocol();

/** Gets the events of a transport, beside its protocol. */
export interface TransportOwner {
  /** Called after `connectionLost`. */
  transportLost(transport: TCPTransport, reason: Failure): void;
  /** Called when the socket is closed. */
  transportClosed(transport: TCPTransport): void;
}

/**
 * The transport of a TCP connection; made by the reactor. It also implements the connection's
 * handlers: a separate object with closures would take 450 bytes more.
 */
export class TCPTransport implements Transport, ConnectionHandlers {
  connected = true;
  disconnecting = false;
  disconnected = false;
  readonly #loop: EventLoop;
  readonly #connection: Connection;
  readonly #owner: TransportOwner;
  #protocol: Protocol & Partial<HalfCloseableProtocol> = NO_PROTOCOL;
  #producer: TransportProducer | null = null;
  #isStreaming = false;
  #isProducerPaused = false;
  /** Whether a pull producer will be resumed in the next turn. */
  #willAsk = false;
  #isEndingWriting = false;
  #isAborting = false;

  constructor(loop: EventLoop, connection: Connection, owner: TransportOwner) {
    this.#loop = loop;
    this.#connection = connection;
    this.#owner = owner;
  }

  /** Builds the protocol and connects it; for the reactor. */
  begin(build: BuildProtocol): void {
    this.#call('buildProtocol', () => {
      const protocol = build(this.getPeer()) ?? null;
      if (protocol !== null) this.#protocol = protocol;
      else this.loseConnection();
    });
    this.#connection.allowHalfOpen = this.#protocol.readConnectionLost !== undefined;
    if (!this.disconnecting && this.connected) {
      this.#call('connectionMade', () => this.#protocol.makeConnection(this));
    }
  }

  /** Ends it, because the reactor stops: calls `connectionLost`, and sends unsent bytes within 2 s. */
  stop(): void {
    this.#connection.close(FAREWELL_SECONDS);
    const reason = new Failure(new ConnectionLost('Connection lost'));
    this.#connection.context.runInAsyncScope(this.#lose, this, reason);
  }

  /** For the connection, as the following four. */
  data(bytes: Buffer): void {
    try {
      this.#protocol.dataReceived(bytes);
    } catch (error) {
      this.#fail(error, 'dataReceived');
    }
  }

  eof(): void {
    this.#call('readConnectionLost', () => this.#protocol.readConnectionLost?.());
  }

  flushed(): void {
    if (this.#producer !== null) {
      const isAsked = !this.#isStreaming || this.#isProducerPaused;
      this.#isProducerPaused = false;
      if (isAsked) this.#ask();
    } else if (this.#isEndingWriting) {
      this.#tellWritingEnd();
    }
  }

  lost(error: Error | null): void {
    this.#lose(this.#reasonOf(error));
  }

  closed(): void {
    this.#owner.transportClosed(this);
  }

  write(data: BytesLike): void {
    const bytes = toBytes('data', data);
    if (!this.#mayWrite || bytes.length === 0) return;
    const hasRoom = this.#connection.write(bytes);
    if (this.#producer === null) return;
    if (!this.#isStreaming) {
      if (this.#connection.pending === 0) this.#askSoon();
    } else if (!hasRoom) {
      this.#isProducerPaused = true;
      this.#producer.pauseProducing?.();
    }
  }

  writeSequence(pieces: Iterable<BytesLike>): void {
    const all = Array.from(pieces, (piece, i) => toBytes(`pieces[${i}]`, piece));
    this.write(all.length === 1 ? (all[0] as Uint8Array) : Buffer.concat(all));
  }

  loseConnection(): void {
    if (!this.connected || this.disconnecting) return;
    this.disconnecting = true;
    if (this.#producer === null) this.#connection.close();
    else this.#connection.pause();
  }

  abortConnection(): void {
    if (!this.connected) return;
    this.disconnecting = true;
    this.#isAborting = true;
    this.#connection.abort();
  }

  loseWriteConnection(): void {
    if (!this.connected || this.disconnecting || this.#isEndingWriting) return;
    this.#isEndingWriting = true;
    if (this.#producer === null) this.#endWriting();
  }

  getHost(): TCPAddress {
    return tcpAddress(this.#connection.host);
  }

  getPeer(): TCPAddress {
    return tcpAddress(this.#connection.peer);
  }

  getTcpNoDelay(): boolean {
    return this.#connection.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0;
  }

  setTcpNoDelay(enabled: boolean): void {
    this.#connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, enabled);
  }

  getTcpKeepAlive(): boolean {
    return this.#connection.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0;
  }

  setTcpKeepAlive(enabled: boolean): void {
    this.#connection.setsockopt(SOL_SOCKET, SO_KEEPALIVE, enabled);
  }

  pauseProducing(): void {
    this.#connection.pause();
  }

  resumeProducing(): void {
    if (this.connected && !this.disconnecting) this.#connection.resume();
  }

  stopProducing(): void {
    this.loseConnection();
  }

  registerProducer(producer: TransportProducer, streaming: boolean): void {
    checkProducer(producer, streaming);
    if (this.#producer !== null) {
      const text = 'Cannot register a producer, because another one was never unregistered';
      throw Object.assign(new Error(text), { code: 'ERR_ALREADY_REGISTERED' });
    }
    if (this.disconnected) {
      producer.stopProducing?.();
      return;
    }
    this.#producer = producer;
    this.#isStreaming = streaming;
    this.#isProducerPaused = false;
    if (!streaming) producer.resumeProducing();
  }

  unregisterProducer(): void {
    this.#producer = null;
    if (!this.connected) return;
    if (this.disconnecting) this.#connection.close();
    else if (this.#isEndingWriting) this.#endWriting();
  }

  /** False after `loseConnection`, unless a producer is still registered. */
  get #mayWrite(): boolean {
    const isEnding = this.disconnecting || this.#isEndingWriting;
    return this.connected && (!isEnding || this.#producer !== null);
  }

  #endWriting(): void {
    this.#connection.end();
    if (this.#connection.pending === 0) this.#loop.callSoon(() => this.#tellWritingEnd());
  }

  #tellWritingEnd(): void {
    if (this.disconnected) return;
    this.#call('writeConnectionLost', () => this.#protocol.writeConnectionLost?.());
  }

  /** Resumes a pull producer in the next turn, so that others get their turn first. */
  #askSoon(): void {
    if (this.#willAsk) return;
    this.#willAsk = true;
    this.#loop.callSoon(() => {
      this.#willAsk = false;
      if (!this.#isStreaming && this.#connection.pending === 0) this.#ask();
    });
  }

  #ask(): void {
    this.#call('resumeProducing', () => this.#producer?.resumeProducing());
  }

  /** Calls a method of the program; an error is reported, and ends only this connection. */
  #call(where: string, callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#fail(error, where);
    }
  }

  #fail(error: unknown, where: string): void {
    this.#connection.close(FAREWELL_SECONDS);
    this.#lose(new Failure(error));
    this.#loop.report(error, where);
  }

  #reasonOf(error: Error | null): Failure {
    if (this.#isAborting) return new Failure(new ConnectionAborted());
    if (error === null) return new Failure(new ConnectionDone());
    // The factory's own limit is not an error of the system, so the message explains it.
    const isOurs =
      error instanceof OSError && error.code === 'ENOBUFS' && error.syscall === 'write';
    return new Failure(new ConnectionLost(isOurs ? error.message : '', { cause: error }));
  }

  #lose(reason: Failure): void {
    if (this.disconnected) return;
    this.connected = false;
    this.disconnected = true;
    const producer = this.#producer;
    this.#producer = null;
    this.#protocol.connected = false;
    this.#loop.guard('stopProducing', () => producer?.stopProducing?.());
    this.#loop.guard('connectionLost', () => this.#protocol.connectionLost(reason));
    this.#owner.transportLost(this, reason);
  }
}

function checkProducer(producer: unknown, streaming: unknown): void {
  if (typeof streaming !== 'boolean') throw typeError('streaming', 'a boolean', streaming);
  const methods = streaming
    ? (['resumeProducing', 'pauseProducing'] as const)
    : (['resumeProducing'] as const);
  for (const method of methods) {
    if (typeof (producer as TransportProducer | null)?.[method] === 'function') continue;
    throw typeError('producer', `an object with ${methods.join(' and ')}`, producer);
  }
}
