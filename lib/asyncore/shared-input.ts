/** Receiving for channels that do not keep their input: all of them use the same memory. */
import { constants } from 'node:os';
import type { Socket } from '../socket/index.js';
import { RECEIVE_SIZE } from '../stream/index.js';
import { INT_MAX, integer, OSError } from '../values/index.js';

const NOTHING = Buffer.alloc(0);

let memory = NOTHING;
/** The last result: the next size is often the same, and a new Buffer takes time. */
let last = NOTHING;

/**
 * Receives once, and never waits; larger sizes than 64 KiB get memory of their own.
 * @returns the bytes, valid until the next call; empty at the end of file
 * @throws OSError `EAGAIN` if there are none yet, and others; TypeError, RangeError for a bad size
 */
export function receiveShared(socket: Socket, size: number): Buffer {
  integer('size', size, 0, INT_MAX);
  if (size === 0 || size > RECEIVE_SIZE) return socket.recv(size);
  // A program may have transferred the memory to another thread: then it has no bytes left.
  if (memory.length === 0) memory = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const received = socket.tryRecvInto(memory, 0, size);
  if (received === null) throw new OSError(constants.errno.EAGAIN, 'recv');
  if (last.length !== received || last.buffer !== memory.buffer) {
    last = memory.subarray(0, received);
  }
  return last;
}
