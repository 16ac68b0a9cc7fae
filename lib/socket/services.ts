/** Python's older lookups: the IPv4 address of a host, full host names, and services. */
import { integer, OSError, rangeError } from '../values/index.js';
import type { InternetAddress } from './address.js';
import {
  AF_INET,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  SOCK_DGRAM,
  SOCK_STREAM,
} from './constants.js';
import { text } from './host.js';
import { getaddrinfo, gethostname, getnameinfo } from './names.js';

/** libuv's number of EAI_SERVICE: the service is unknown. */
const UNKNOWN_SERVICE = -3010;

/**
 * The IPv4 address of a host; blocks. `getaddrinfoAsync` does not, and finds IPv6 addresses as well.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.gethostbyname
 * @param hostname - a name or an address; `''` is `'0.0.0.0'`, `'<broadcast>'` `'255.255.255.255'`
 * @returns such as `'127.0.0.1'`
 * @throws OSError whose `code` is an EAI_… name, such as `'EAI_NONAME'`; TypeError
 * @platform POSIX
 */
export function gethostbyname(hostname: string): string {
  if (text('hostname', hostname) === '') return '0.0.0.0';
  if (hostname === '<broadcast>') return '255.255.255.255';
  const [first] = getaddrinfo(hostname, null, AF_INET, SOCK_STREAM);
  return first?.[4][0] as string; // a lookup that finds nothing throws
}

/**
 * The full name of a host; blocks. Unlike in Python, other names of the host are not searched for one
 * with a dot.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getfqdn
 * @param name - a name or an address; `''`, the default, `'0.0.0.0'` and `'::'`: this machine
 * @returns the name that the host's first address has, or else `name`
 * @throws TypeError if it is not a string, RangeError if it has a NUL
 * @platform POSIX
 */
export function getfqdn(name = ''): string {
  const asked = text('name', name).trim();
  const host = ['', '0.0.0.0', '::'].includes(asked) ? gethostname() : asked;
  try {
    const [first] = getaddrinfo(host, null, 0, SOCK_STREAM);
    return getnameinfo(first?.[4] as InternetAddress, NI_NAMEREQD)[0];
  } catch (error) {
    if (error instanceof OSError) return host;
    throw error;
  }
}

/** The socket type of a protocol; 0: any. */
function typeOf(protocolname: unknown): number {
  if (protocolname === undefined) return 0;
  if (protocolname === 'tcp') return SOCK_STREAM;
  if (protocolname === 'udp') return SOCK_DGRAM;
  throw rangeError('protocolname', "'tcp' or 'udp'", protocolname);
}

function unknownService(syscall: string, service: string | number): OSError {
  return new OSError(UNKNOWN_SERVICE, syscall, ` (${service})`);
}

/**
 * The port of a service, such as 53 of `'domain'`; getservbyname(3).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getservbyname
 * @param servicename - such as `'domain'`
 * @param protocolname - `'tcp'` or `'udp'`; default: any
 * @returns the port
 * @throws OSError `EAI_SERVICE` for an unknown service; TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function getservbyname(servicename: string, protocolname?: 'tcp' | 'udp'): number {
  const type = typeOf(protocolname);
  // getaddrinfo(3) takes a port as well.
  if (/^\s*[-+]?\d*$/.test(text('servicename', servicename))) {
    throw unknownService('getservbyname', servicename);
  }
  const [first] = getaddrinfo(null, servicename, AF_INET, type);
  return first?.[4][1] as number;
}

/**
 * The name of the service of a port, such as `'domain'` of 53; getservbyport(3).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getservbyport
 * @param port - 0 to 65535
 * @param protocolname - `'tcp'` or `'udp'`; default: any
 * @returns the name
 * @throws OSError `EAI_SERVICE` for a port without a service; TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function getservbyport(port: number, protocolname?: 'tcp' | 'udp'): string {
  const type = typeOf(protocolname);
  const number = integer('port', port, 0, 0xffff);
  const protocols = [
    ...(type === SOCK_DGRAM ? [] : [0]),
    ...(type === SOCK_STREAM ? [] : [NI_DGRAM]),
  ];
  for (const flag of protocols) {
    const [, name] = getnameinfo(['0.0.0.0', number], NI_NUMERICHOST | flag);
    if (name !== String(number)) return name;
  }
  throw unknownService('getservbyport', number);
}
