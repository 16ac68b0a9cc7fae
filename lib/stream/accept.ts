/** Accepts connections: a limited number per turn; an error of one connection loses only that one. */
import type { Address, Socket } from '../socket/index.js';
import { AF_UNIX, IPPROTO_TCP, TCP_NODELAY } from '../socket/internal.js';
import { checkHas, integer, OSError, toOptions } from '../values/index.js';
import { MAX_ACCEPTS } from './policy.js';

/** Errors of accept(2): the process or the system has no room for another connection. */
const NO_ROOM = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * Errors of accept(2) that belong to the listener. All others belong to the new connection: Linux
 * reports its network errors by accept(2).
 */
const LISTENER_ERRORS = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK']);

/** The result of {@link acceptConnections}. */
export interface Accepted {
  /** A non-blocking socket and the peer's address for each connection; may be empty. */
  connections: [Socket, Address][];
  /**
   * No fd is left, or every attempt failed. The connections stay in the kernel's queue and the listener
   * stays readable, so a loop that still watches it never sleeps.
   */
  isFull: boolean;
  /** The last error that lost a connection, or the reason why there is no room; often undefined. */
  error?: OSError | undefined;
}

/** The options of {@link acceptConnections}. */
export interface AcceptOptions {
  /**
   * Sets TCP_NODELAY of tcp(7) on TCP connections, so that a small answer is sent at once. Default: true.
   */
  noDelay?: boolean | undefined;
}

/**
 * Accepts the connections in the queue of a non-blocking listener; accept(2). An error of one
 * connection loses only that one. Never waits.
 *
 * @param listener - a listening Socket, or an object with its method `tryAccept`
 * @param max - how many connections to accept at most; Infinity: no limit. Default: 64
 * @param options - see {@link AcceptOptions}
 * @returns the connections, and whether there is no room for more; see {@link Accepted}
 * @throws OSError `EBADF`, `EFAULT`, `EINVAL` or `ENOTSOCK`, the errors of the listener itself;
 *   TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function acceptConnections(
  listener: Pick<Socket, 'tryAccept'>,
  max: number = MAX_ACCEPTS,
  options: AcceptOptions = {},
): Accepted {
  checkHas('listener', 'a listening Socket', listener, 'tryAccept');
  if (max !== Infinity) integer('max', max, 0, Number.MAX_VALUE);
  const { noDelay = true } = toOptions(options);
  const connections: [Socket, Address][] = [];
  let error: OSError | undefined;
  // Lost connections count too: a lasting error must end the turn, however large `max` is.
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
      // Returns the accepted connections first. The error will occur again.
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

/** Closes a socket after another error, which is reported; an error of close(2) is ignored. */
function closeLost(socket: Socket): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

/** Whether an error of accept(2) means that no fd is left, in the process or in the system. */
export function needsFd(error: OSError): boolean {
  return error.code === 'EMFILE' || error.code === 'ENFILE';
}

/** Makes an accepted socket ready for use; it is closed if that fails. */
function prepare(socket: Socket, noDelay: boolean): void {
  try {
    // tryAccept(0) makes the socket non-blocking, but a caller's own listener may not.
    if (socket.gettimeout() !== 0) socket.setblocking(false);
    if (noDelay) setNoDelay(socket);
  } catch (error) {
    closeLost(socket);
    throw error;
  }
}

/**
 * Turns off Nagle's algorithm, which delays a small segment until the peer has acknowledged the one
 * before. With delayed acknowledgements that takes up to 40 ms.
 */
export function setNoDelay(socket: Pick<Socket, 'family' | 'setsockopt'>): void {
  if (socket.family === AF_UNIX) return;
  try {
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  } catch (error) {
    // macOS: EINVAL after the peer has reset the connection, which recv() will report.
    if (!(error instanceof OSError)) throw error;
  }
}
