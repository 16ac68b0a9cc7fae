/** An fd that is kept for the time when no other one is left. */
import { close, open } from '../os/index.js';
import type { Socket } from '../socket/index.js';
import { acceptConnections, MAX_ACCEPTS } from './accept.js';

/**
 * With no fd left a listener cannot even refuse: who waits there, waits. This keeps one fd in
 * reserve, which is given up for as long as it takes to accept those and to close them at once.
 */
export class Reserve {
  #fd: number | null = openNothing();

  /**
   * Refuses those who wait at a listener, as many as are fair in a turn.
   * @returns whether it could: another thread may have been quicker to take the fd
   */
  refuse(listener: Socket): boolean {
    if (this.#fd === null) return false;
    this.close();
    try {
      for (let refused = 0; refused < MAX_ACCEPTS; refused++) {
        const { connections, isFull } = acceptConnections(listener, 1);
        if (connections.length === 0) return !isFull;
        for (const [socket] of connections) socket.close();
      }
      return true;
    } finally {
      this.restore();
    }
  }

  /** Keeps an fd again, where there is one to be had. */
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
    return null; // no fd is left for a reserve, either
  }
}
