/** Terminators: the ends of messages. */
import { type BytesLike, rangeError, toBytes, typeError } from '../values/index.js';

/**
 * The end of a message: bytes (a string is encoded as UTF-8), or the size of the message in bytes. With
 * null, 0 or an empty string a message has no end: everything is collected.
 */
export type Terminator = string | BytesLike | number | null;

/** @throws TypeError, RangeError for a bad terminator */
export function checkTerminator(value: Terminator): Terminator {
  if (value === null || typeof value === 'string') return value;
  if (typeof value !== 'number') {
    if (value === undefined)
      throw typeError('terminator', 'a string, bytes, a number or null', value);
    toBytes('terminator', value);
    return value;
  }
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw rangeError('terminator', 'a non-negative integer', value);
}

/** The size of a message, or the bytes at its end; null for neither. */
export function endOf(terminator: Terminator): number | Uint8Array | null {
  const value = checkTerminator(terminator);
  if (value === null || value === 0 || typeof value === 'number') return value || null;
  const bytes = typeof value === 'string' ? Buffer.from(value) : toBytes('terminator', value);
  return bytes.length === 0 ? null : bytes;
}

/**
 * Finds the longest proper prefix of `needle` that `haystack` ends with.
 *
 * Mirrors `asynchat.find_prefix_at_end`.
 * @param haystack - bytes; a string is encoded as UTF-8
 * @param needle - as `haystack`
 * @returns the length of the prefix in bytes; 0 if there is none
 * @throws TypeError for an argument that is neither bytes nor a string
 * @example findPrefixAtEnd('qwerty\r', '\r\n') // 1
 * @platform POSIX
 */
export function findPrefixAtEnd(haystack: string | BytesLike, needle: string | BytesLike): number {
  const text = bytesOf('haystack', haystack);
  const wanted = bytesOf('needle', needle);
  let size = Math.min(wanted.length - 1, text.length);
  while (size > 0 && !text.subarray(text.length - size).equals(wanted.subarray(0, size))) size--;
  return Math.max(size, 0);
}

/** The bytes of a value; strings are encoded as UTF-8. */
function bytesOf(name: string, value: string | BytesLike): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  const { buffer, byteOffset, byteLength } = toBytes(name, value);
  return Buffer.from(buffer, byteOffset, byteLength);
}
