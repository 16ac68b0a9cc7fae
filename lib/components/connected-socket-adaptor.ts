/** A connection as a component. */

import type { Connection, ConnectionHandlers, ConnectionOptions } from '../loop/index.js';
import { type Address, formatAddress } from '../socket/index.js';
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

/** What the connection of an adaptor must be made with. */
export const CONNECTION_OPTIONS: ConnectionOptions = {
  // The adaptor decides when a connection ends, and when it is to be read.
  allowHalfOpen: true,
  pausesReading: false,
  // It writes while there is room, one message more at the most; the rest waits in its inbox.
  maxBuffer: Number.POSITIVE_INFINITY,
};

/**
 * A connection: what gets to its `inbox`, bytes or strings, goes to the peer, whole and in order;
 * what the peer sends comes out of its `outbox`, as Buffers. Kamaelia's `ConnectedSocketAdapter`.
 *
 * While the peer does not read, the inbox fills up, and the components that feed it are not
 * continued. While those who get what the peer sends have no room for it, the peer is not read.
 *
 * `ProducerFinished` on `control` closes the connection when all that waits has gone out;
 * `ShutdownMicroprocess` does so, too, but gives it two seconds, and none at all where an Error is
 * its message: that resets the connection. At the end of the connection `CreatorFeedback` tells the
 * creator with a `SocketShutdown`, whose message is the error that it was lost by, or null, and
 * `signal` with a `ShutdownCSA`.
 */
export class ConnectedSocketAdaptor extends Component {
  static override readonly Inboxes: BoxNames = {
    inbox: 'what the peer is to get: bytes, strings',
    control: 'that the connection is to end: ProducerFinished, ShutdownMicroprocess',
  };
  static override readonly Outboxes: BoxNames = {
    outbox: 'what the peer has sent: Buffers',
    signal: 'that the connection is gone: ShutdownCSA',
    CreatorFeedback: 'that the peer will send nothing more: SocketShutdown',
  };

  /**
   * Stay open for writing after the peer's end of file, until there is something on `control`.
   * Default false: send what waits, then close.
   */
  allowHalfOpen = false;
  #connection: Connection | null = null;
  #peer: Address | null = null;
  #host: Address | null = null;
  /** What the peer has sent and the next inbox had no room for. */
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

  /** The peer's address, also when it is gone; null before there is a connection. */
  get peer(): Address | null {
    return this.#peer;
  }

  /** The own address; null before there is a connection. */
  get host(): Address | null {
    return this.#host;
  }

  /**
   * Gives it its connection, which is not read before `main` begins; for its creator.
   * @param whenBegun - runs when it is activated or the connection is lost before
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

  /** Ends a connection that nothing will handle: its creator ends before it was activated. */
  refuse(): void {
    this.#connection?.close(FAREWELL_SECONDS);
  }

  protected override activated(): void {
    this.#whenBegun();
  }

  /** Resets the connection, if there is one. */
  abort(): void {
    this.#connection?.abort();
  }

  /** The peer will send nothing more, but perhaps it reads on. */
  protected tellEof(): void {
    this.send(new SocketShutdown(this), 'CreatorFeedback');
  }

  /** The connection is over. */
  protected tellEnd(error: Error | null): void {
    if (!this.#hasTold) this.send(new SocketShutdown(this, error), 'CreatorFeedback');
    this.send(new ShutdownCSA(this, this), 'signal');
  }

  /** Whether it is to end, and how. */
  protected readControl(): ProducerFinished | ShutdownMicroprocess | null {
    while (this.dataReady('control')) {
      const message = this.recv('control');
      if (isShutdown(message) && !(this.#end instanceof ShutdownMicroprocess)) this.#end = message;
    }
    return this.#end;
  }

  /** All that was to be sent was sent. */
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

  /** Hands over what waits, and closes. */
  #leave(connection: Connection): void {
    try {
      while (this.dataReady()) this.#write(connection);
    } finally {
      connection.close(FAREWELL_SECONDS);
    }
  }
}
