/** The memory of calls that receive and send, and the checks of their arguments. */
import { errnoNumber } from '../native/index.js';
import { INT_MAX, integer, rangeError, typeError } from '../values/index.js';

const EAGAIN = errnoNumber('EAGAIN');
const EWOULDBLOCK = errnoNumber('EWOULDBLOCK');

/** The size of the shared buffer. Calls of up to this size receive into it and copy the data. */
export const SCRATCH_SIZE = 65536;
export const scratch = Buffer.allocUnsafeSlow(SCRATCH_SIZE);

/** Checks the number of bytes to receive into a buffer; 0 means its whole length. */
export function sizeWithin(bytes: Uint8Array, size: number): number {
  const limit = integer('size', size, 0, INT_MAX);
  if (limit <= bytes.length) return limit;
  throw rangeError('size', `at most the buffer's ${bytes.length} bytes`, size);
}

/**
 * @throws RangeError if memory was detached or has shrunk while a call waited: it would send less
 */
export function checkUnchanged(bytes: Uint8Array, length: number, data: unknown): void {
  if (bytes.length !== length) throw rangeError('data', `still ${length} bytes long`, data);
}

/** Checks a list of buffers. */
export function iterable<T>(name: string, value: Iterable<T>): Iterable<T> {
  const isList = typeof value === 'object' && value !== null && Symbol.iterator in value;
  if (isList && !ArrayBuffer.isView(value)) return value;
  throw typeError(name, 'an array of buffers', value);
}

/** Checks the flags of a call. */
export function flagBits(flags: number): number {
  return integer('flags', flags, -INT_MAX - 1, INT_MAX);
}

/** The received bytes, in memory that is not used again and is not much larger. */
export function ownBytes(buffer: Buffer, size: number): Buffer {
  return buffer.length > SCRATCH_SIZE && size > buffer.length / 2
    ? buffer.subarray(0, size)
    : Buffer.from(buffer.subarray(0, size));
}

/** Whether a native result means that the call would have to wait. */
export function wouldBlock(result: number): boolean {
  return result === -EAGAIN || result === -EWOULDBLOCK;
}
