/** An fd kept in reserve, to refuse connections when no other fd is left. */
import { close, open } from '../os/index.js';
import type { Socket } from '../socket/index.js';
import { acceptConnections, hasNoRoom } from './accept.js';
import { MAX_ACCEPTS } from './policy.js';

/**
 * With no fd left a listener cannot even refuse a connection: it would have to accept it first. This
 * keeps one fd, gives it up for as long as it takes to accept and close what waits, and takes it back.
 */
export class Reserve {
  #fd: number | null = openNothing();

  /**
   * Accepts and closes the connections that wait at a listener, up to 64.
   * @returns false where no fd was free for it: another thread may have taken it first
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

  /** Keeps an fd again, if one is free. */
  restore(): void {
    this.#fd ??= openNothing();
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd !== null) close(this.#fd);
    this.#fd = null;
  }
}

function openNothing(): number | null {
  try {
    return open('/dev/null');
  } catch {
    return null; // no fd is free for a reserve
  }
}
