/** A listening socket in an event loop. */
import { OSError, rangeError, typeError } from '../errors.js';
import type { Address } from '../socket/address.js';
import { createServer } from '../socket/create.js';
import type { Socket } from '../socket/socket.js';
import { acceptConnections } from './accept.js';
import {
  Connection,
  type ConnectionHandlers,
  type ConnectionOptions,
  limitsOf,
} from './connection.js';
import type { EventLoop } from './event-loop.js';
import { Reserve } from './reserve.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

/** How long a listener rests when no fd is left, in seconds. */
const REST = 1;

export interface ListenOptions extends ConnectionOptions {
  /** AF_INET by default. */
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

/** Accepts connections until it is closed. Made by {@link listen}. */
export class Listener {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #onConnection: OnConnection;
  readonly #options: ListenOptions;
  #watch: Watch | null = null;
  #rest: DelayedCall | null = null;
  readonly #reserve: Reserve | null;

  /** For {@link listen} only. */
  constructor(loop: EventLoop, socket: Socket, onConnection: OnConnection, options: ListenOptions) {
    this.#loop = loop;
    this.#socket = socket;
    this.#onConnection = onConnection;
    this.#options = options;
    this.#reserve = options.whenFull === 'refuse' ? new Reserve() : null;
    loop.own(this);
    this.#watch = loop.watch(socket, 'r', this.#onReadable);
  }

  fileno(): number {
    return this.#socket.fileno();
  }

  /** The address that it is bound to. */
  getsockname(): Address {
    return this.#socket.getsockname();
  }

  /** Accepts nothing more; the connections that it has accepted go on. Idempotent. */
  close(): void {
    this.#watch?.cancel();
    this.#watch = null;
    this.#rest?.cancel();
    this.#reserve?.close();
    this.#loop.disown(this);
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onReadable = (): void => {
    const { connections, isFull } = acceptConnections(this.#socket);
    if (isFull && this.#reserve?.refuse(this.#socket) !== true) this.#restAWhile();
    for (const [socket, address] of connections) {
      // What is thrown for one is the end of that one.
      this.#loop.guard('onConnection', () => {
        const connection = adopt(this.#loop, socket, address, this.#options);
        if (connection !== null) begin(connection, this.#onConnection);
      });
    }
  };

  /** With no fd left the listener is readable all the time: it is not watched for a second. */
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
  options: ConnectionOptions,
): Connection | null {
  try {
    return new Connection(loop, socket, peer, options);
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
 * Listens for connections in a loop.
 *
 * @param address - host and port, port 0: a free one; or the path of a Unix socket
 * @param onConnection - is called in the loop for each connection, and returns its handlers
 * @throws OSError such as `EADDRINUSE`; TypeError, RangeError for arguments that are none
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
  const { family, backlog, whenFull = 'wait' } = options;
  if (whenFull !== 'wait' && whenFull !== 'refuse') {
    throw rangeError('whenFull', "'wait' or 'refuse'", whenFull);
  }
  limitsOf(options); // now, not when somebody comes
  const socket = createServer(address, {
    ...(family !== undefined && { family }),
    ...(backlog !== undefined && { backlog }),
  });
  socket.setblocking(false);
  return new Listener(loop, socket, onConnection, options);
}
