/** Numeric addresses as text and as bytes, and numbers in network byte order. */
import { errnoNumber, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  INT_MAX,
  integer,
  OSError,
  rangeError,
  toBytes,
  typeError,
  UINT_MAX,
} from '../values/index.js';
import { AF_INET, AF_INET6, AF_UNSPEC } from './core-constants.js';

const EINVAL = errnoNumber('EINVAL');
const MAX_USHORT = 0xffff;

/**
 * The bytes of a numeric address; inet_pton(3).
 * @param family - AF_INET or AF_INET6
 * @param address - such as `'127.0.0.1'`, `'::1'`
 * @returns 4 or 16 bytes, in network byte order
 * @throws OSError `EINVAL` for text that is not a numeric address, `EAFNOSUPPORT` for another family
 * @throws TypeError for an address that is not a string
 * @platform POSIX
 */
export function inetPton(family: number, address: string): Buffer {
  return toNumber(integer('family', family, 1, INT_MAX), address, 'inet_pton');
}

/**
 * The bytes of an IPv4 address in any form that inet_aton(3) takes, such as `'127.1'`.
 * @param address - IPv4
 * @returns 4 bytes, in network byte order
 * @throws OSError `EINVAL`
 * @platform POSIX
 */
export function inetAton(address: string): Buffer {
  return toNumber(AF_UNSPEC, address, 'inet_aton');
}

function toNumber(family: number, address: unknown, syscall: string): Buffer {
  if (typeof address !== 'string') throw typeError('address', 'a string', address);
  const bytes = Buffer.alloc(16);
  const size = address.includes('\0') ? 0 : check(native.inetPton(family, address, bytes), syscall);
  if (size === 0) throw new OSError(EINVAL, syscall, ` (${JSON.stringify(address)})`);
  return bytes.subarray(0, size);
}

/**
 * An address as text; inet_ntop(3).
 * @param family - AF_INET or AF_INET6
 * @param bytes - 4 for AF_INET, 16 for AF_INET6
 * @returns such as `'127.0.0.1'`, `'::1'`
 * @throws RangeError for another number of bytes; OSError `EAFNOSUPPORT`
 * @platform POSIX
 */
export function inetNtop(family: number, bytes: BytesLike): string {
  const given = toBytes('bytes', bytes);
  const size = integer('family', family, 0, INT_MAX) === AF_INET6 ? 16 : 4;
  if ((family === AF_INET || family === AF_INET6) && given.length !== size) {
    throw rangeError('bytes', `${size} bytes`, bytes);
  }
  const memory = Buffer.alloc(16);
  memory.set(given.subarray(0, 16));
  const address: string[] = [];
  check(native.inetNtop(family, memory, address), 'inet_ntop');
  return address[0] as string;
}

/**
 * An IPv4 address as text; inet_ntoa(3).
 * @param bytes - 4, in network byte order
 * @returns such as `'127.0.0.1'`
 * @throws RangeError for another number of bytes
 * @platform POSIX
 */
export function inetNtoa(bytes: BytesLike): string {
  return inetNtop(AF_INET, bytes);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Converts a 16-bit number from host to network byte order.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.htons and byteorder(3).
 * @param x - from 0 to 2^16 - 1
 * @returns the number in network byte order
 * @throws RangeError outside 0 to 2^16 - 1; TypeError
 * @platform POSIX
 */
export function htons(x: number): number {
  const value = integer('x', x, 0, MAX_USHORT);
  return isLittleEndian ? ((value & 0xff) << 8) | (value >> 8) : value;
}

/**
 * Converts a 32-bit number from host to network byte order.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.htonl and byteorder(3).
 * @param x - from 0 to 2^32 - 1
 * @returns the number in network byte order
 * @throws RangeError outside 0 to 2^32 - 1; TypeError
 * @platform POSIX
 */
export function htonl(x: number): number {
  const value = integer('x', x, 0, UINT_MAX);
  if (!isLittleEndian) return value;
  return ((htons(value & 0xffff) << 16) | htons(value >>> 16)) >>> 0;
}

/**
 * Converts a 16-bit number from network to host byte order.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.ntohs and byteorder(3).
 * @param x - from 0 to 2^16 - 1
 * @returns the number in host byte order
 * @throws RangeError outside 0 to 2^16 - 1; TypeError
 * @platform POSIX
 */
export function ntohs(x: number): number {
  return htons(x);
}

/**
 * Converts a 32-bit number from network to host byte order.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.ntohl and byteorder(3).
 * @param x - from 0 to 2^32 - 1
 * @returns the number in host byte order
 * @throws RangeError outside 0 to 2^32 - 1; TypeError
 * @platform POSIX
 */
export function ntohl(x: number): number {
  return htonl(x);
}
