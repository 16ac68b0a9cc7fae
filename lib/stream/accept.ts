/** Accepting connections: a bounded number in each turn, and an error of one loses only that one. */
import type { Address, Socket } from '../socket/index.js';
import { AF_UNIX, IPPROTO_TCP, TCP_NODELAY } from '../socket/index.js';
import { OSError } from '../values/index.js';
import { MAX_ACCEPTS } from './policy.js';

/** accept(2): the process or the system has no room for one more connection. */
const NO_ROOM = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * accept(2): these are about the listener. All other errors belong to the connection that was to be
 * accepted, as Linux reports the network errors of a new connection in this way.
 */
const LISTENER_ERRORS = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK']);

export interface Accepted {
  /** A non-blocking socket and the peer's address for each; perhaps none. */
  connections: [Socket, Address][];
  /**
   * No fd is left, or every attempt failed. Connections stay in the kernel's queue and the listener
   * stays readable, so a loop that goes on watching it never sleeps.
   */
  isFull: boolean;
  /** The last error that cost a connection or says why there is no room. */
  error?: OSError | undefined;
}

/** The options of {@link acceptConnections}. */
export interface AcceptOptions {
  /** Set TCP_NODELAY on TCP connections, so that a small answer is sent at once. Default true. */
  noDelay?: boolean | undefined;
}

/**
 * Accepts the connections that wait at a non-blocking listener.
 *
 * @param max - how many at most; default 64
 * @throws OSError for an error of the listener itself, such as `EBADF`
 */
export function acceptConnections(
  listener: Pick<Socket, 'tryAccept'>,
  max: number = MAX_ACCEPTS,
  { noDelay = true }: AcceptOptions = {},
): Accepted {
  const connections: [Socket, Address][] = [];
  let error: OSError | undefined;
  // A lost connection counts, too: an error that lasts must not keep the turn, however large `max` is.
  for (let lost = 0; connections.length + lost < max && lost < MAX_ACCEPTS; ) {
    try {
      const accepted = listener.tryAccept(0);
      if (accepted === null) return { connections, isFull: false, error };
      prepare(accepted[0], noDelay);
      connections.push(accepted);
    } catch (caught) {
      if (!(caught instanceof OSError)) throw caught;
      error = caught;
      lost++;
      if (hasNoRoom(error)) return { connections, isFull: true, error };
      if (error.syscall !== 'accept' || !LISTENER_ERRORS.has(error.code)) continue;
      // The connections that were accepted must not be lost. The error will come again.
      if (connections.length === 0) throw error;
      break;
    }
  }
  return { connections, isFull: connections.length === 0 && error !== undefined, error };
}

/** Whether an error of accept(2) lasts until something is freed. */
export function hasNoRoom(error: OSError): boolean {
  return NO_ROOM.has(error.code);
}

/** Closes a socket whose loss has an error already: an error of close(2) adds nothing to it. */
function closeLost(socket: Socket): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

/** Whether an error of accept(2) says that no fd is left, in the process or in the system. */
export function needsFd(error: OSError): boolean {
  return error.code === 'EMFILE' || error.code === 'ENFILE';
}

/** Makes an accepted socket ready for use; it is closed if that fails. */
function prepare(socket: Socket, noDelay: boolean): void {
  try {
    // tryAccept(0) has done it, but a listener of the caller's own may have left it out.
    if (socket.gettimeout() !== 0) socket.setblocking(false);
    if (noDelay) setNoDelay(socket);
  } catch (error) {
    closeLost(socket);
    throw error;
  }
}

/**
 * Turns Nagle's algorithm off: it holds a small segment back until the peer has acknowledged the one
 * before, which a peer with delayed acknowledgements does up to 40 ms later.
 */
export function setNoDelay(socket: Pick<Socket, 'family' | 'setsockopt'>): void {
  if (socket.family === AF_UNIX) return;
  try {
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  } catch (error) {
    // macOS: EINVAL once the peer has reset the connection, which recv() is going to report.
    if (!(error instanceof OSError)) throw error;
  }
}
