/** A connection as a component. */

import type { Connection, ConnectionHandlers, ConnectionOptions } from '../loop/index.js';
import { type Address, formatAddress } from '../socket/internal.js';
import { FAREWELL_SECONDS } from '../stream/index.js';
import { toBytes } from '../values/index.js';
import { type BoxNames, Component, type Main } from './component.js';
import {
  isShutdown,
  ProducerFinished,
  ShutdownCSA,
  ShutdownMicroprocess,
  SocketShutdown,
} from './messages.js';

/** Options for the connection of an adaptor. */
export const CONNECTION_OPTIONS: ConnectionOptions = {
  // The adaptor decides when a connection ends and when it is read.
  allowHalfOpen: true,
  pausesReading: false,
  // It writes while there is room, and at most one message more; the rest waits in its inbox.
  maxBuffer: Number.POSITIVE_INFINITY,
};

/**
 * A connection: messages in its `inbox`, bytes or strings, go to the peer, complete and in order;
 * data from the peer comes out of its `outbox`, as Buffers. Made by `TCPServer`.
 *
 * While the peer does not read, the inbox fills up, and the components that feed it are not
 * continued. While the receivers of the peer's data have no room, the peer is not read.
 *
 * `ProducerFinished` on `control` closes the connection when everything was sent.
 * `ShutdownMicroprocess` closes it too, but after two seconds at most; if its message is an Error,
 * it resets the connection at once. At the end of the connection `CreatorFeedback` sends a
 * `SocketShutdown`, whose message is the error that broke the connection, or null; and `signal`
 * sends a `ShutdownCSA`. A message that is neither bytes nor a string ends it with a TypeError.
 *
 * Mirrors Kamaelia's `ConnectedSocketAdapter`.
 * @platform POSIX
 */
export class ConnectedSocketAdaptor extends Component {
  static override readonly Inboxes: BoxNames = {
    inbox: 'data to send to the peer: bytes, strings',
    control: 'requests to end the connection: ProducerFinished, ShutdownMicroprocess',
  };
  static override readonly Outboxes: BoxNames = {
    outbox: 'data that the peer has sent: Buffers',
    signal: 'the end of the connection: ShutdownCSA',
    CreatorFeedback: 'that the peer will send nothing more: SocketShutdown',
  };

  /**
   * Stay open for writing after the peer's end of file, until there is something on `control`.
   * Default: false: send what waits, then close.
   */
  allowHalfOpen = false;
  #connection: Connection | null = null;
  #peer: Address | null = null;
  #host: Address | null = null;
  /** Data from the peer for which the next inbox had no room. */
  #chunk: Buffer | null = null;
  #mayWrite = true;
  #isAtEnd = false;
  #whenBegun: () => void = () => {};
  #loss: Error | null = null;
  /** The peer has ended its side. */
  #hasTold = false;
  /** It is to end. */
  #end: ProducerFinished | ShutdownMicroprocess | null = null;

  constructor() {
    super();
    this.holdBackFeedersOf(this);
  }

  /** The peer's address, even after the connection is closed; null before there is a connection. */
  get peer(): Address | null {
    return this.#peer;
  }

  /** The local address; null before there is a connection. */
  get host(): Address | null {
    return this.#host;
  }

  /**
   * Gives it its connection, which is not read before `main` begins; for its creator only.
   * @param connection - established
   * @param whenBegun - runs when it is activated or the connection is lost before
   * @returns the handlers of the connection
   */
  attach(connection: Connection, whenBegun: () => void = () => {}): ConnectionHandlers {
    this.#connection = connection;
    this.#whenBegun = whenBegun;
    this.#peer = connection.peer;
    this.#host = connection.host;
    const inbox = this.boxOf([this, 'inbox'], 'inbox');
    inbox.name = `the inbox of the connection with ${formatAddress(connection.peer)}`;
    connection.pause();
    return {
      data: (bytes) => this.#takeIn(connection, bytes),
      eof: () => {
        this.#isAtEnd = true;
        this.wake();
      },
      drain: () => {
        this.#mayWrite = true;
        this.wake();
      },
      lost: (error) => {
        this.#whenBegun();
        this.#connection = null;
        this.#loss = error;
        this.wake();
      },
    };
  }

  override *main(): Main {
    this.#connection?.resume();
    while (this.#connection !== null) {
      this.#attend(this.#connection);
      this.pause();
      yield;
    }
    this.tellEnd(this.#loss);
  }

  /** Ends a connection without a handler: its creator has ended before activating it. For it only. */
  refuse(): void {
    this.#connection?.close(FAREWELL_SECONDS);
  }

  protected override activated(): void {
    this.#whenBegun();
  }

  /** Resets the connection, if there is one; unsent data is lost. */
  abort(): void {
    this.#connection?.abort();
  }

  /** Called when the peer will send nothing more, but may still read. */
  protected tellEof(): void {
    this.send(new SocketShutdown(this), 'CreatorFeedback');
  }

  /** Called when the connection is over. `error`: why, or null if both sides have ended it. */
  protected tellEnd(error: Error | null): void {
    if (!this.#hasTold) this.send(new SocketShutdown(this, error), 'CreatorFeedback');
    this.send(new ShutdownCSA(this, this), 'signal');
  }

  /** @returns the shutdown message that has come on `control`; null if there is none */
  protected readControl(): ProducerFinished | ShutdownMicroprocess | null {
    while (this.dataReady('control')) {
      const message = this.recv('control');
      if (isShutdown(message) && !(this.#end instanceof ShutdownMicroprocess)) this.#end = message;
    }
    return this.#end;
  }

  /** Called when everything was sent after `ProducerFinished`. Default: closes the `connection`. */
  protected finish(connection: Connection): void {
    connection.close();
  }

  protected override ended(): void {
    if (this.#connection !== null) this.#leave(this.#connection);
  }

  #takeIn(connection: Connection, bytes: Buffer): void {
    if (this.hasRoom()) {
      this.send(bytes);
      return;
    }
    this.#chunk = bytes;
    connection.pause();
  }

  #attend(connection: Connection): void {
    this.#giveChunk(connection);
    const end = this.readControl();
    if (end instanceof ShutdownMicroprocess) {
      if (end.message instanceof Error) connection.abort();
      else this.#leave(connection);
      return;
    }
    try {
      while (this.#mayWrite && this.dataReady()) this.#write(connection);
    } catch (error) {
      // With one message missing, those after it would mean something else.
      this.#connection = null;
      connection.close(FAREWELL_SECONDS);
      throw error;
    }
    if (this.#isAtEnd && !this.#hasTold) this.#onEof();
    if (this.#end !== null && !this.dataReady()) this.finish(connection);
  }

  #giveChunk(connection: Connection): void {
    if (this.#chunk === null || !this.hasRoom()) return;
    this.send(this.#chunk);
    this.#chunk = null;
    connection.resume();
  }

  #onEof(): void {
    this.#hasTold = true;
    this.tellEof();
    if (!this.allowHalfOpen) this.#end ??= new ProducerFinished(this);
  }

  #write(connection: Connection): void {
    const message = this.recv();
    const bytes = typeof message === 'string' ? Buffer.from(message) : toBytes('message', message);
    this.#mayWrite = connection.write(bytes);
  }

  /** Hands over the waiting messages, and closes. */
  #leave(connection: Connection): void {
    try {
      while (this.dataReady()) this.#write(connection);
    } finally {
      connection.close(FAREWELL_SECONDS);
    }
  }
}
