/** A reserve fd, for refusing connections when no other fd is left. */
import { native } from '../native/index.js';
import type { Socket } from '../socket/index.js';
import { acceptConnections, hasNoRoom } from './accept.js';
import { MAX_ACCEPTS } from './policy.js';

/** open(2); the same in every system. */
const O_RDONLY = 0;

/**
 * Without a free fd, a listener cannot even refuse a connection, because it must accept it first. So
 * this class keeps one fd open, closes it while it accepts and closes the connections in the queue,
 * and opens it again.
 */
export class Reserve {
  #fd: number | null = openNothing();

  /**
   * Accepts and closes the connections in a listener's queue, up to 64.
   * @returns false if no fd was free for it: another thread may have taken it first
   */
  refuse(listener: Socket): boolean {
    if (this.#fd === null) return false;
    this.close();
    try {
      for (let refused = 0; refused < MAX_ACCEPTS; refused++) {
        const { connections, error } = acceptConnections(listener, 1);
        if (error !== undefined && hasNoRoom(error)) return false;
        if (error === undefined && connections.length === 0) return true;
        for (const [socket] of connections) socket.close();
      }
      return true;
    } finally {
      this.restore();
    }
  }

  /** Opens the reserve fd again, if one is free. */
  restore(): void {
    this.#fd ??= openNothing();
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd !== null) native.close(this.#fd);
    this.#fd = null;
  }
}

/** @returns null if no fd is free for a reserve */
function openNothing(): number | null {
  const fd = native.open('/dev/null', O_RDONLY, 0);
  return fd < 0 ? null : fd;
}
