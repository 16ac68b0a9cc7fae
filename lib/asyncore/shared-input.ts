/** Receiving for channels that do not keep their input: all of them use the same memory. */
import { constants } from 'node:os';
import type { Socket } from '../socket/index.js';
import { RECEIVE_SIZE } from '../stream/index.js';
import { INT_MAX, integer, OSError } from '../values/index.js';

const NOTHING = Buffer.alloc(0);

let memory = NOTHING;
/** The last result, and its size: the next one is often the same, and a new Buffer takes time. */
let last = NOTHING;
let lastSize = 0;

/**
 * Receives once, and never waits; larger sizes than 64 KiB get memory of their own.
 * @returns the bytes, valid until the next call; empty at the end of file
 * @throws OSError `EAGAIN` if there are none yet, and others; TypeError, RangeError for a bad size
 */
export function receiveShared(socket: Socket, size: number): Buffer {
  integer('size', size, 0, INT_MAX);
  if (size === 0 || size > RECEIVE_SIZE) return socket.recv(size);
  // A program may have transferred the memory to another thread: then it has no bytes left.
  if (memory.length === 0) {
    memory = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
    lastSize = -1;
  }
  const received = socket.tryRecvInto(memory, 0, size);
  if (received === null) throw new OSError(constants.errno.EAGAIN, 'recv');
  if (received !== lastSize) {
    last = memory.subarray(0, received);
    lastSize = received;
  }
  return last;
}
