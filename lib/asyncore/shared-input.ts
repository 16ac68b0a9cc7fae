/** Receiving for channels that do not keep their input: they share memory with the connections. */
import { errnoNumber } from '../native/index.js';
import type { Socket } from '../socket/index.js';
import { RECEIVE_SIZE } from '../stream/index.js';
import { borrow, giveBack } from '../stream/internal.js';
import { INT_MAX, integer, OSError } from '../values/index.js';

/**
 * Receives once, and never waits; larger sizes than 64 KiB get memory of their own.
 * @returns the bytes, valid until the next call; empty at the end of file
 * @throws OSError `EAGAIN` if there are none yet, and others; TypeError, RangeError for a bad size
 */
export function receiveShared(socket: Socket, size: number): Buffer {
  integer('size', size, 0, INT_MAX);
  if (size === 0 || size > RECEIVE_SIZE) return socket.recv(size);
  const chunk = borrow(socket, size);
  if (chunk === null) throw new OSError(errnoNumber('EAGAIN'), 'recv');
  giveBack(chunk);
  return chunk;
}
