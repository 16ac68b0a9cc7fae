/** Sends and receives out-of-band data (`MSG_OOB`): TCP has one such byte at a time. */
import type { Socket } from '../socket/index.js';
import { MSG_DONTWAIT, MSG_OOB } from '../socket/internal.js';
import { OSError } from '../values/index.js';

/** @returns whether the kernel has taken the byte; otherwise try again when the socket is writable */
export function sendUrgent(socket: Socket, byte: Uint8Array): boolean {
  try {
    socket.send(byte, MSG_OOB | MSG_DONTWAIT);
    return true;
  } catch (error) {
    if (!(error instanceof OSError) || error.code !== 'EAGAIN') throw error;
    return false;
  }
}

/** @returns the byte; null if there is none */
export function receiveUrgent(socket: Socket): Buffer | null {
  try {
    const byte = socket.recv(1, MSG_OOB | MSG_DONTWAIT);
    return byte.length > 0 ? byte : null;
  } catch (error) {
    // EAGAIN: announced but not received yet; EINVAL: no such byte. A lost connection is readable.
    if (error instanceof OSError) return null;
    throw error;
  }
}
