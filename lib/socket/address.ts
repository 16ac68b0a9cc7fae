/** Socket addresses: the arrays and strings of the public API, and what the addon takes. */

import type { NativeAddress, NativeEndpoint } from '../native/index.js';
import { integer, rangeError, typeError, UINT_MAX } from '../values/index.js';
import { AF_INET6, AF_UNIX } from './constants.js';

/**
 * Where a socket is: host and port for IPv4; the same with flow information and scope id for
 * IPv6; a path for a Unix socket, beginning with a NUL character where it is abstract (Linux), and
 * empty where it has no name.
 *
 * The host `''` is every interface, `'<broadcast>'` is 255.255.255.255; a name is looked up, and
 * that blocks.
 */
export type Address =
  | [host: string, port: number]
  | [host: string, port: number, flowinfo: number, scopeid: number]
  | string;

/** Flow information has 20 bits. */
const MAX_FLOWINFO = 0xfffff;
const MAX_PORT = 0xffff;

/** Checks an address for a socket of `family`. */
export function toEndpoint(family: number, address: unknown): NativeEndpoint {
  if (family === AF_UNIX) return unixEndpoint(address);
  const isIpv6 = family === AF_INET6;
  const longest = isIpv6 ? 4 : 2;
  if (!Array.isArray(address) || address.length < 2 || address.length > longest) {
    const form = isIpv6 ? '[host, port, flowinfo?, scopeid?]' : '[host, port]';
    throw typeError('address', `an array ${form}`, address);
  }
  const [host, port, flowinfo = 0, scopeid = 0] = address as unknown[];
  if (typeof host !== 'string') throw typeError('host', 'a string', host);
  if (host.includes('\0')) throw rangeError('host', 'without NUL characters', host);
  return [
    family,
    host,
    integer('port', port, 0, MAX_PORT),
    integer('flowinfo', flowinfo, 0, MAX_FLOWINFO),
    integer('scopeid', scopeid, 0, UINT_MAX),
  ];
}

function unixEndpoint(path: unknown): NativeEndpoint {
  if (typeof path !== 'string') throw typeError('address', 'a path', path);
  if (path.lastIndexOf('\0') > 0) {
    throw rangeError('address', 'without NUL characters after the first', path);
  }
  return [AF_UNIX, path, 0, 0, 0];
}

/** The public form of an address from the addon; null where there is none. */
export function fromNative(address: NativeAddress): Address | null {
  if (address.length === 0) return null;
  const [family, host, port, flowinfo, scopeid] = address;
  if (family === AF_UNIX) return host;
  return family === AF_INET6 ? [host, port, flowinfo, scopeid] : [host, port];
}

/** As Python writes an address: `('127.0.0.1', 8881)`. */
export function formatAddress(address: Address): string {
  if (typeof address === 'string') return quote(address);
  const [host, ...numbers] = address;
  return `(${[quote(host), ...numbers].join(', ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\0', '\\x00')}'`;
}
