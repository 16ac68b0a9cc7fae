/** The end of a connection: the farewell, the closing of the socket, and `lost` and `closed`. */
import { errnoNumber } from '../native/index.js';
import { SO_LINGER, SOL_SOCKET } from '../socket/internal.js';
import { FAREWELL_SECONDS, type Peer } from '../stream/index.js';
import { OSError } from '../values/index.js';
import type { Context } from './context.js';
import type { EventLoop } from './event-loop.js';
import type { ConnectionHandlers } from './handlers.js';
import type { DelayedCall } from './timers.js';

const ECONNABORTED = errnoNumber('ECONNABORTED');

/**
 * The states of an ending. LEAVING: `close` was called, and unsent bytes are sent. FAREWELL: `lost` was
 * called, and the peer has some time to close its end. OVER: the socket is closed.
 */
const LEAVING = 0;
const FAREWELL = 1;
const OVER = 2;

/** A connection, as its ending uses it. */
export interface EndingOwner extends Disposable {
  readonly context: Context;
  handlers: ConnectionHandlers | null;
  /** Stores the local address, which a closed socket does not have. */
  rememberHost(): void;
  /** Updates the watch to the events that the connection needs now. */
  update(): void;
}

/** A connection makes it when it begins to end, so that an open one takes no memory for it. */
export class Ending {
  readonly #connection: EndingOwner;
  readonly #loop: EventLoop;
  readonly #stream: Peer;
  #state: number = LEAVING;
  /** The timer that turns `close` into `abort`, or ends the farewell. */
  #deadline: DelayedCall | null = null;
  #reason: Error | null = null;

  constructor(connection: EndingOwner, loop: EventLoop, stream: Peer) {
    this.#connection = connection;
    this.#loop = loop;
    this.#stream = stream;
  }

  /** Whether `lost` was called, or will be called soon. */
  get isOver(): boolean {
    return this.#state >= FAREWELL;
  }

  /** Whether the socket is closed. */
  get isClosed(): boolean {
    return this.#state === OVER;
  }

  /** Calls `whenOver` after these seconds if the farewell has not begun; the first limit counts. */
  limit(seconds: number, whenOver: () => void): void {
    this.#deadline ??= this.#loop.callLater(seconds, whenOver);
  }

  /** After everything was sent: gives the peer some time to close its end. */
  beginFarewell(): void {
    const left = (this.#deadline?.getTime() ?? Infinity) - this.#loop.time();
    this.#deadline?.cancel();
    this.#connection.rememberHost();
    this.#state = FAREWELL;
    const seconds = Math.max(0, Math.min(left, FAREWELL_SECONDS));
    this.#deadline = this.#loop.callLater(seconds, () => this.#endFarewell());
    this.#connection.update();
    const { handlers, context } = this.#connection;
    if (handlers === null) this.#endFarewell();
    else this.#loop.invoke('lost', context, handlers.lost, handlers, null);
  }

  /**
   * The connection is over: closes the socket, and calls `lost`, unless that was called before.
   * @param error - null: both sides have ended the connection
   */
  lose(error: unknown): void {
    if (this.#state === FAREWELL) this.#endFarewell();
    if (this.#state === OVER) return;
    this.#close(error === null || error instanceof Error ? error : new Error(String(error)));
    this.#tellLost();
  }

  /** As {@link lose} within a call of the program: `lost` is called after that has returned. */
  loseSoon(error: Error | null): void {
    if (this.isOver) return;
    this.#close(error);
    this.#loop.callSoon(() => this.#tellLost());
  }

  /** As `abort`, but `lost` is called at once, also if it was to be called soon. */
  dispose(): void {
    if (!this.isOver) this.resetOnClose();
    this.lose(new OSError(ECONNABORTED, 'abort'));
    this.#tellLost();
  }

  /** Makes the closing of the socket send a reset, and drop what the kernel has not sent. */
  resetOnClose(): void {
    const linger = Int32Array.of(1, 0); // on, 0 seconds
    this.#stream.attempt(() => this.#stream.socket.setsockopt(SOL_SOCKET, SO_LINGER, linger));
  }

  #endFarewell(): void {
    if (this.#state !== FAREWELL) return;
    this.#close(null);
    this.#tellClosed(this.#release());
  }

  #close(reason: Error | null): void {
    this.#connection.rememberHost();
    this.#reason = reason;
    this.#state = OVER;
    this.#deadline?.cancel();
    this.#deadline = null;
    this.#stream.abandon();
    this.#connection.update();
    this.#stream.attempt(() => this.#stream.close()); // EBADF: the program has closed the fd
  }

  /** Calls `lost`. The loop owns the connection until then, so closing the loop calls it too. */
  #tellLost(): void {
    const handlers = this.#release();
    if (handlers === null) return;
    this.#loop.invoke('lost', this.#connection.context, handlers.lost, handlers, this.#reason);
    this.#tellClosed(handlers);
  }

  /** Takes the handlers, so that none is called twice. */
  #release(): ConnectionHandlers | null {
    const connection = this.#connection;
    const { handlers } = connection;
    connection.handlers = null;
    this.#loop.disown(connection);
    return handlers;
  }

  #tellClosed(handlers: ConnectionHandlers | null): void {
    const closed = handlers?.closed;
    if (closed === undefined) return;
    this.#loop.invoke('closed', this.#connection.context, closed, handlers);
  }
}
