/** Accepting connections: as many as are fair, and no error of one is the end of all. */

import type { Address, Socket } from '../socket/index.js';
import { OSError } from '../values/index.js';

/** A turn takes this many newcomers at the most, so that they do not keep the others waiting. */
export const MAX_ACCEPTS = 64;

/** accept(2): the process or the system has no room for one more connection. */
const NO_ROOM = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** accept(2), "Error handling": these belong to the connection that was to be accepted. */
const LOST_IN_QUEUE = new Set([
  ...['ECONNABORTED', 'EPERM', 'EPROTO', 'ENOPROTOOPT', 'EOPNOTSUPP', 'ENOTSUP', 'ENONET'],
  ...['EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH'],
]);

export interface Accepted {
  /** A non-blocking socket and the peer's address for each; perhaps none. */
  connections: [Socket, Address][];
  /**
   * No fd is left. Connections stay in the kernel's queue, and the listener stays readable: whoever
   * goes on watching it does not sleep any more.
   */
  isFull: boolean;
}

/**
 * Takes the connections that are waiting at a non-blocking listener.
 *
 * @param max - how many at the most; default 64
 * @throws OSError for what is wrong with the listener itself
 */
export function acceptConnections(listener: Socket, max = MAX_ACCEPTS): Accepted {
  const connections: [Socket, Address][] = [];
  // One that was lost counts too: an error that lasts must not keep the turn.
  for (let tries = 0; tries < max; tries++) {
    try {
      const accepted = listener.tryAccept();
      if (accepted === null) break;
      connections.push(accepted);
      accepted[0].setblocking(false); // accept() does not hand the listener's mode on
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      if (LOST_IN_QUEUE.has(error.code)) continue;
      if (NO_ROOM.has(error.code)) return { connections, isFull: true };
      // Those that are there already are not to be lost; the error will come again.
      if (connections.length > 0) break;
      throw error;
    }
  }
  return { connections, isFull: false };
}
