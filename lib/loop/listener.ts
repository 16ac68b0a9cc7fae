/** `listen()`: a listening socket in an event loop. */

import { EVENT_READ } from '../selectors/index.js';
import { type Address, createServer, Socket, withAddress } from '../socket/internal.js';
import { Acceptor, BACKLOG, REST_SECONDS } from '../stream/index.js';
import { type ConnectionOptions, Limits } from '../stream/internal.js';
import {
  checkHas,
  INT_MAX,
  integer,
  OSError,
  showAs,
  toOptions,
  typeError,
} from '../values/index.js';
import { familyOf } from './addresses.js';
import { Connection } from './connection.js';
import { currentContext } from './context.js';
import type { EventLoop } from './event-loop.js';
import type { ConnectionHandlers } from './handlers.js';
import type { DelayedCall } from './timers.js';
import type { OwnerWatch, WatchOwner } from './watch.js';

/** The options of {@link listen}, including those of its connections. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * The address family. Default: AF_UNIX for a path, AF_INET6 for a numeric IPv6 host, otherwise AF_INET.
   */
  family?: number | undefined;
  /**
   * How many connections may be in the kernel's queue. Default: 4096; Linux limits it to
   * `net.core.somaxconn`.
   */
  backlog?: number | undefined;
  /**
   * Sets SO_REUSEPORT of socket(7): several sockets may listen on the port, and the kernel distributes
   * connections. Default: false.
   */
  reusePort?: boolean | undefined;
  /**
   * How many of its connections may be open at once, from 1 to 2^31 - 1; see {@link whenFull} for the
   * others. Default: Infinity: no limit.
   */
  maxConnections?: number | undefined;
  /**
   * What happens to new connections while no fd is left, or while {@link maxConnections} are open.
   * 'wait', the default: they stay in the kernel's queue until there is room; the loop tries each second,
   * and whenever it closes an fd. 'refuse': they are closed at once, by means of a reserve fd.
   */
  whenFull?: 'wait' | 'refuse' | undefined;
}

/**
 * Called for each new `connection`; if it throws or returns no handlers, the connection is aborted, and
 * `onError` of the loop gets the error.
 */
export type OnConnection = (connection: Connection) => ConnectionHandlers;

/**
 * Accepts connections until it is closed, up to 64 per turn. Made by {@link listen}.
 * @platform POSIX
 */
export class Listener implements WatchOwner {
  readonly #loop: EventLoop;
  readonly #acceptor: Acceptor;
  readonly #onConnection: OnConnection;
  readonly #limits: Limits;
  readonly #context = currentContext();
  #watch: OwnerWatch | null = null;
  /** The peer's host of the last connection: equal hosts share one string. */
  #lastHost: unknown = '';
  /** The timer of a pause, during which the listener is not watched because no fd is left. */
  #rest: DelayedCall | null = null;
  /** No fd is left: new connections are refused once those that leave in this turn have left. */
  #isFull = false;

  /** For {@link listen} only. */
  constructor(loop: EventLoop, socket: Socket, onConnection: OnConnection, options: ListenOptions) {
    const { maxConnections = Infinity, whenFull } = options;
    if (maxConnections !== Infinity) integer('maxConnections', maxConnections, 1, INT_MAX);
    this.#loop = loop;
    this.#onConnection = onConnection;
    this.#limits = new Limits(options);
    const { noDelay } = this.#limits;
    const whenRested = () => this.#endRest();
    this.#acceptor = new Acceptor(socket, { noDelay, maxConnections, whenFull, whenRested });
    try {
      loop.own(this);
      this.#watch = loop.watchOwner(this, EVENT_READ);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @returns the file descriptor; -1 after it was closed */
  fileno(): number {
    return this.#acceptor.fileno();
  }

  /**
   * The local address; getsockname(2).
   * @returns host and port, with the port that the system has chosen; or the path of a Unix socket
   * @throws OSError `EBADF` after it was closed
   */
  getsockname(): Address {
    return this.#acceptor.socket.getsockname();
  }

  /**
   * Stops accepting; accepted connections continue. The path of a Unix socket is not removed.
   * Idempotent.
   * @throws OSError `EBADF` if other code has closed the fd
   */
  close(): void {
    this.#watch?.cancel();
    this.#watch = null;
    this.#rest?.cancel();
    this.#rest = null;
    this.#loop.disown(this);
    this.#acceptor.close();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  static {
    showAs(Listener.prototype, 'Listener', (listener) => {
      const fd = listener.fileno();
      return fd < 0 ? { fd } : { fd, local: listener.getsockname() };
    });
  }

  /** For the loop: there are new connections. @internal */
  onEvent(): void {
    if (this.#isFull) return;
    this.#take(false);
    if (!this.#acceptor.mustRefuse) return;
    this.#isFull = true;
    // Two turns: a connection that ends may take a call in the next one to be closed.
    this.#loop.callSoon(() => this.#loop.callSoon(() => this.#onTurnOver()));
  }

  #onTurnOver(): void {
    this.#isFull = false;
    if (this.fileno() >= 0) this.#take(true);
  }

  #take(mayRefuse: boolean): void {
    const connections = this.#accept(mayRefuse);
    for (const [socket, address] of connections) {
      this.#shareHost(address);
      this.#context.runInAsyncScope(() => this.#begin(socket, address));
    }
  }

  /** For the loop: other code has closed the socket. @internal */
  onUnwatched(): void {
    this.close();
  }

  #shareHost(address: Address): void {
    if (!Array.isArray(address)) return;
    if (address[0] === this.#lastHost) address[0] = this.#lastHost as string;
    else this.#lastHost = address[0];
  }

  #accept(mayRefuse: boolean): [Socket, Address][] {
    try {
      return this.#acceptor.accept(mayRefuse);
    } finally {
      if (this.#acceptor.restLeft() !== null) this.#beginRest();
    }
  }

  /** Starts a connection; an error ends only this connection. */
  #begin(socket: Socket, address: Address): void {
    this.#loop.guard('onConnection', () => {
      const connection = adopt(this.#loop, socket, address, this.#limits);
      if (connection !== null) begin(connection, this.#onConnection);
    });
  }

  /** Stops watching: without a free fd the listener stays readable, and the loop would never sleep. */
  #beginRest(): void {
    this.#watch?.cancel();
    this.#watch = null;
    this.#rest?.cancel();
    const seconds = this.#acceptor.restLeft() ?? REST_SECONDS;
    this.#rest = this.#loop.callLater(seconds, () => this.#endRest());
  }

  #endRest(): void {
    this.#rest?.cancel();
    this.#rest = null;
    if (this.#watch !== null || this.fileno() < 0) return;
    try {
      this.#watch = this.#loop.watchOwner(this, EVENT_READ);
    } catch (error) {
      this.#beginRest(); // ENOSPC or ENOMEM of epoll_ctl(2): tries again later
      throw error;
    }
  }
}

/** Makes a connection of a socket; null if the peer has already gone. */
export function adopt(
  loop: EventLoop,
  socket: Socket,
  peer: Address,
  limits: Limits,
): Connection | null {
  try {
    return new Connection(loop, socket, peer, limits);
  } catch (error) {
    socket.close();
    if (error instanceof OSError) return null;
    throw error;
  }
}

/** Passes a connection to `onConnection` and starts it; aborts it if that fails. */
export function begin(connection: Connection, onConnection: OnConnection): void {
  try {
    const handlers = onConnection(connection);
    if (typeof handlers?.data !== 'function' || typeof handlers.lost !== 'function') {
      throw typeError('the result of onConnection', 'handlers with data and lost', handlers);
    }
    connection.start(handlers);
  } catch (error) {
    connection.abort();
    if (error instanceof OSError && error.address === undefined)
      withAddress(error, connection.peer);
    throw error;
  }
}

/**
 * Listens for connections in a loop, with SO_REUSEADDR set; bind(2), listen(2), accept(2).
 *
 * @param loop - in which the connections live; it need not run yet
 * @param address - host and port (0: the system chooses one); or the path of a Unix socket; or a
 *   socket that listens already, such as one of `listenFds()`, which the listener owns from then on
 *   and which keeps its `family`, `backlog` and `reusePort`
 * @param onConnection - called in the loop for each connection; returns its handlers
 * @param options - see {@link ListenOptions}
 * @returns the listener, which keeps the loop running until it is closed
 * @throws OSError such as `EADDRINUSE`, or the `EAI_…` of a failed look-up, which blocks; TypeError,
 *   RangeError for bad arguments; Error `ERR_CLOSED` if the loop is closed
 * @platform POSIX
 * @example
 * const echo = (connection: Connection) => ({
 *   data: (bytes: Buffer) => void connection.write(bytes),
 *   lost: () => {},
 * });
 * listen(loop, ['127.0.0.1', 8881], echo);
 */
export function listen(
  loop: EventLoop,
  address: Address | Socket,
  onConnection: OnConnection,
  options: ListenOptions = {},
): Listener {
  if (typeof onConnection !== 'function') {
    throw typeError('onConnection', 'a function', onConnection);
  }
  checkHas('loop', 'an EventLoop', loop, 'callLater');
  toOptions(options);
  const socket = address instanceof Socket ? address : open(address, options);
  try {
    return new Listener(loop, socket, onConnection, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function open(address: Address, options: ListenOptions): Socket {
  const { family = familyOf(address), backlog = BACKLOG, reusePort = false } = options;
  return createServer(address, { family, backlog, reusePort });
}
