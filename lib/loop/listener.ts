/** A listening socket in an event loop. */

import type { Address, Socket } from '../socket/index.js';
import { createServer } from '../socket/index.js';
import { acceptConnections } from '../stream/index.js';
import { type ConnectionOptions, Limits, Reserve } from '../stream/internal.js';
import { OSError, rangeError, typeError } from '../values/index.js';
import { Connection, type ConnectionHandlers } from './connection.js';
import type { EventLoop } from './event-loop.js';
import { familyOf } from './family.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

/** How long a listener rests when no fd is left, in seconds. */
const REST = 1;

/** The options of {@link listen}; those of its connections among them. */
export interface ListenOptions extends ConnectionOptions {
  /** Default: AF_UNIX for a path, AF_INET6 for an IPv6 number, else AF_INET. */
  family?: number | undefined;
  /** How many connections the kernel keeps until they are accepted; default 128. */
  backlog?: number | undefined;
  /**
   * What happens to newcomers while no fd is left. 'wait', the default: they stay in the kernel's
   * queue, at which it looks again in a second. 'refuse': they are closed at once, with an fd that is
   * kept in reserve for this.
   */
  whenFull?: 'wait' | 'refuse' | undefined;
}

/** Is called for each new connection; what it throws, or no handlers, ends that connection. */
export type OnConnection = (connection: Connection) => ConnectionHandlers;

/**
 * Accepts connections until it is closed, in each turn as many as are fair. Made by {@link listen}.
 * @platform POSIX
 */
export class Listener {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #onConnection: OnConnection;
  readonly #limits: Limits;
  readonly #reserve: Reserve | null;
  #watch: Watch | null = null;
  #rest: DelayedCall | null = null;

  /** For {@link listen} only. */
  constructor(loop: EventLoop, socket: Socket, onConnection: OnConnection, options: ListenOptions) {
    this.#loop = loop;
    this.#socket = socket;
    this.#onConnection = onConnection;
    this.#limits = new Limits(options);
    this.#reserve = options.whenFull === 'refuse' ? new Reserve() : null;
    try {
      loop.own(this);
      this.#watch = loop.watch(socket, 'r', this.#onReadable);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The file descriptor; -1 once it is closed. */
  fileno(): number {
    return this.#socket.fileno();
  }

  /**
   * The address that it is bound to.
   * @throws OSError `EBADF` once it is closed
   */
  getsockname(): Address {
    return this.#socket.getsockname();
  }

  /**
   * Accepts nothing more; the connections that it has accepted go on. A Unix socket's path stays.
   * Idempotent.
   */
  close(): void {
    this.#watch?.cancel();
    this.#watch = null;
    this.#rest?.cancel();
    this.#reserve?.close();
    this.#loop.disown(this);
    this.#socket.close();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onReadable = (): void => {
    for (const [socket, address] of this.#accept()) {
      // What is thrown for one is the end of that one.
      this.#loop.guard('onConnection', () => {
        const connection = adopt(this.#loop, socket, address, this.#limits);
        if (connection !== null) begin(connection, this.#onConnection);
      });
    }
  };

  #accept(): [Socket, Address][] {
    try {
      const { connections, isFull } = acceptConnections(this.#socket, undefined, this.#limits);
      if (!isFull) this.#reserve?.restore();
      else if (this.#reserve?.refuse(this.#socket) !== true) this.#restAWhile();
      return connections;
    } catch (error) {
      this.#restAWhile(); // it would come again at once
      throw error;
    }
  }

  /** With no fd left the listener is readable all the time: it is not watched for a while. */
  #restAWhile(): void {
    this.#watch?.cancel();
    this.#watch = null;
    this.#rest = this.#loop.callLater(REST, () => {
      this.#watch = this.#loop.watch(this.#socket, 'r', this.#onReadable);
    });
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
 * @param address - host and port, port 0: a free one; or the path of a Unix socket
 * @param onConnection - is called in the loop for each connection, and returns its handlers
 * @throws OSError such as `EADDRINUSE`; TypeError, RangeError for arguments that are none; Error
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
  address: Address,
  onConnection: OnConnection,
  options: ListenOptions = {},
): Listener {
  if (typeof onConnection !== 'function') {
    throw typeError('onConnection', 'a function', onConnection);
  }
  const { family = familyOf(address), backlog, whenFull = 'wait' } = options;
  if (whenFull !== 'wait' && whenFull !== 'refuse') {
    throw rangeError('whenFull', "'wait' or 'refuse'", whenFull);
  }
  const socket = createServer(address, { family, ...(backlog !== undefined && { backlog }) });
  try {
    socket.setblocking(false);
    return new Listener(loop, socket, onConnection, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}
