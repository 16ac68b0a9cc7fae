/** A listening socket in an event loop. */

import { EVENT_READ } from '../selectors/index.js';
import { type Address, createServer, Socket } from '../socket/index.js';
import { Acceptor, BACKLOG, REST_SECONDS } from '../stream/index.js';
import { type ConnectionOptions, Limits } from '../stream/internal.js';
import { INT_MAX, integer, OSError, rangeError, typeError } from '../values/index.js';
import { familyOf } from './addresses.js';
import { Connection } from './connection.js';
import { currentContext } from './context.js';
import type { EventLoop } from './event-loop.js';
import type { ConnectionHandlers } from './handlers.js';
import type { DelayedCall } from './timers.js';
import type { OwnerWatch, WatchOwner } from './watch.js';

/** The options of {@link listen}; those of its connections among them. */
export interface ListenOptions extends ConnectionOptions {
  /** Default: AF_UNIX for a path, AF_INET6 for an IPv6 number, else AF_INET. */
  family?: number | undefined;
  /**
   * How many connections the kernel queues until they are accepted. Default 4096; Linux cuts it to
   * `net.core.somaxconn`.
   */
  backlog?: number | undefined;
  /** Set SO_REUSEPORT: several sockets may listen on the port, and the kernel spreads connections. */
  reusePort?: boolean | undefined;
  /** How many of its connections may be open at once; more wait in the kernel's queue. Default: no limit. */
  maxConnections?: number | undefined;
  /**
   * What happens to new connections while no fd is left. 'wait', the default: they stay in the
   * kernel's queue until an fd is free, at which the loop looks each second and whenever it closes
   * one. 'refuse': they are closed at once, with an fd that is kept in reserve for this.
   */
  whenFull?: 'wait' | 'refuse' | undefined;
}

/** Is called for each new connection; what it throws, or no handlers, ends that connection. */
export type OnConnection = (connection: Connection) => ConnectionHandlers;

/**
 * Accepts connections until it is closed, up to 64 in a turn. Made by {@link listen}.
 * @platform POSIX
 */
export class Listener implements WatchOwner {
  readonly #loop: EventLoop;
  readonly #acceptor: Acceptor;
  readonly #onConnection: OnConnection;
  readonly #limits: Limits;
  readonly #context = currentContext();
  #watch: OwnerWatch | null = null;
  /** The peer's host of the last connection: equal ones share a string. */
  #lastHost: unknown = '';
  /** While no fd is left, the listener is not watched. */
  #rest: DelayedCall | null = null;

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

  /** The file descriptor; -1 once it is closed. */
  fileno(): number {
    return this.#acceptor.fileno();
  }

  /**
   * The address that it is bound to.
   * @throws OSError `EBADF` once it is closed
   */
  getsockname(): Address {
    return this.#acceptor.socket.getsockname();
  }

  /**
   * Accepts nothing more; the connections that it has accepted go on. A Unix socket's path stays.
   * Idempotent.
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

  /** For the loop: connections wait. @internal */
  onEvent(): void {
    const connections = this.#accept();
    for (const [socket, address] of connections) {
      this.#shareHost(address);
      this.#context.runInAsyncScope(() => this.#begin(socket, address));
    }
  }

  /** For the loop: the socket was closed behind its back. @internal */
  onUnwatched(): void {
    this.close();
  }

  #shareHost(address: Address): void {
    if (!Array.isArray(address)) return;
    if (address[0] === this.#lastHost) address[0] = this.#lastHost as string;
    else this.#lastHost = address[0];
  }

  #accept(): [Socket, Address][] {
    try {
      return this.#acceptor.accept();
    } finally {
      if (this.#acceptor.restLeft() !== null) this.#beginRest();
    }
  }

  /** What is thrown for one connection is the end of that one only. */
  #begin(socket: Socket, address: Address): void {
    this.#loop.guard('onConnection', () => {
      const connection = adopt(this.#loop, socket, address, this.#limits);
      if (connection !== null) begin(connection, this.#onConnection);
    });
  }

  /** With no fd left the listener is readable all the time: a loop that watches it never sleeps. */
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
      this.#beginRest(); // ENOSPC or ENOMEM of epoll_ctl(2): perhaps there is room later
      throw error;
    }
  }
}

/** A connection on a socket; null where the peer is gone already. */
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

/** Hands a connection over to whom it is for, or ends it. */
export function begin(connection: Connection, onConnection: OnConnection): void {
  try {
    const handlers = onConnection(connection);
    if (typeof handlers?.data !== 'function' || typeof handlers.lost !== 'function') {
      throw typeError('the result of onConnection', 'handlers with data and lost', handlers);
    }
    connection.start(handlers);
  } catch (error) {
    connection.abort();
    throw error;
  }
}

/**
 * Listens for connections in a loop, with SO_REUSEADDR set.
 *
 * @param address - host and port, port 0: a free one; or the path of a Unix socket; or a socket that
 *   listens already, such as one of `listenFds()`, which the listener owns from then on and which
 *   keeps its `family`, `backlog` and `reusePort`
 * @param onConnection - is called in the loop for each connection, and returns its handlers
 * @throws OSError such as `EADDRINUSE`; TypeError, RangeError for bad arguments; Error
 *   `ERR_CLOSED` where the loop is
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
  const { whenFull = 'wait' } = options;
  if (whenFull !== 'wait' && whenFull !== 'refuse') {
    throw rangeError('whenFull', "'wait' or 'refuse'", whenFull);
  }
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
