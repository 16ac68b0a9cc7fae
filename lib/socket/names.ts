/** Names of hosts, services and interfaces. */
import { type NativeFound, native } from '../native/index.js';
import { check, INT_MAX, integer, OSError, typeError, UINT_MAX } from '../values/index.js';
import { reasonOf, signalOf } from '../waits/internal.js';
import { type Address, fromNative, type InternetAddress } from './address.js';
import { AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SOCK_STREAM } from './core-constants.js';
import { hostName, text } from './host.js';
import { answerOf, type Query } from './lookup.js';
import { Socket } from './socket.js';

/** One answer of {@link getaddrinfo}. */
export type AddressInfo = [
  family: number,
  type: number,
  proto: number,
  canonname: string,
  address: Address,
];

const MAX_PORT = 0xffff;

/** Whether the system has IPv6; Python's `socket.has_ipv6`. */
export const hasIpv6: boolean = AF_INET6 !== undefined;

function query(
  host: string | null,
  port: string | number | null,
  family: number,
  type: number,
  proto: number,
  flags: number,
): Query {
  return [
    host === null ? null : hostName('host', host),
    serviceName(port),
    integer('family', family, 0, INT_MAX),
    integer('type', type, 0, INT_MAX),
    integer('proto', proto, 0, INT_MAX),
    integer('flags', flags, -INT_MAX - 1, INT_MAX),
  ];
}

function serviceName(port: unknown): string | null {
  if (port === null) return null;
  if (typeof port === 'number') return String(integer('port', port, 0, MAX_PORT));
  if (typeof port !== 'string') throw typeError('port', 'a string, a number or null', port);
  if (/^\d+$/.test(port)) integer('port', Number(port), 0, MAX_PORT);
  return text('port', port);
}

function toInfo([type, proto, canonname, ...address]: NativeFound): AddressInfo {
  return [address[0], type, proto, canonname, fromNative(address) as Address];
}

/**
 * Looks up the addresses of a host and a service; blocks.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getaddrinfo and getaddrinfo(3).
 * @param host - a name or a number; null: the loopback addresses or, with AI_PASSIVE, every
 *   interface
 * @param port - a number, the name of a service, or null
 * @param family - the wanted family, such as AF_INET6; 0: all. The same for `type` and `proto`
 * @param flags - AI_… constants
 * @returns an array for each address: family, type, proto, canonname ('' without AI_CANONNAME), address
 * @throws OSError whose `code` is an EAI_… name, such as `'EAI_NONAME'`, syscall `'getaddrinfo'`
 * @throws RangeError for a port outside 0 to 65535
 * @platform POSIX
 */
export function getaddrinfo(
  host: string | null,
  port: string | number | null,
  family = 0,
  type = 0,
  proto = 0,
  flags = 0,
): AddressInfo[] {
  const found: NativeFound[] = [];
  check(native.getaddrinfo(...query(host, port, family, type, proto, flags), found), 'getaddrinfo');
  return found.map(toInfo);
}

/**
 * {@link getaddrinfo} in its own thread, for which the end of the process does not wait.
 *
 * Mirrors https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.getaddrinfo and
 * getaddrinfo(3).
 * @param host - as in {@link getaddrinfo}
 * @param port - as in {@link getaddrinfo}
 * @param family - as in {@link getaddrinfo}; default: 0. The same for `type`, `proto` and `flags`
 * @param options - `signal` ends the wait; the lookup itself continues in its thread
 * @returns a promise that is rejected with the errors of getaddrinfo, or with the signal's reason
 * @platform POSIX
 */
export async function getaddrinfoAsync(
  host: string | null,
  port: string | number | null,
  family = 0,
  type = 0,
  proto = 0,
  flags = 0,
  options?: { signal?: AbortSignal | undefined },
): Promise<AddressInfo[]> {
  const signal = signalOf(options);
  const asked = query(host, port, family, type, proto, flags);
  if (signal?.aborted === true) throw reasonOf(signal);
  return (await answerOf(asked, null, signal)).map(toInfo);
}

/**
 * The names of an address's host and service; blocks.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getnameinfo and getnameinfo(3).
 * @param address - with a host that is a number
 * @param flags - NI_… constants, such as `NI_NUMERICHOST | NI_NUMERICSERV`
 * @returns host and service as text. What has no name is returned as a number; with NI_NAMEREQD, a host
 *   without a name is an error
 * @throws OSError as {@link getaddrinfo}; `EAI_NONAME` also for a host that is not a number
 * @throws TypeError, RangeError for a bad address
 * @platform POSIX
 */
export function getnameinfo(
  address: InternetAddress,
  flags: number,
): [host: string, service: string] {
  if (!Array.isArray(address) || address.length < 2 || address.length > 4) {
    throw typeError('address', 'an array [host, port, flowinfo?, scopeid?]', address);
  }
  const [host, port, flowinfo = 0, scopeid = 0] = address;
  const names: string[] = [];
  const result = native.getnameinfo(
    integer('flags', flags, -INT_MAX - 1, INT_MAX),
    names,
    hostName('host', host),
    integer('port', port, 0, MAX_PORT),
    integer('flowinfo', flowinfo, 0, 0xfffff),
    integer('scopeid', scopeid, 0, UINT_MAX),
  );
  check(result, 'getnameinfo');
  return names as [string, string];
}

/**
 * The name of this machine; gethostname(2).
 * @returns the name, without its domain on most systems
 * @platform POSIX
 */
export function gethostname(): string {
  return process.getBuiltinModule('node:os').hostname();
}

/**
 * The number of a network interface; if_nametoindex(3).
 * @param name - such as `'lo'`
 * @returns the number, from 1 on
 * @throws OSError `ENODEV`
 * @platform POSIX
 */
export function ifNametoindex(name: string): number {
  return check(native.ifNametoindex(text('name', name)), 'if_nametoindex');
}

/**
 * The name of a network interface; if_indextoname(3).
 * @param index - the number
 * @returns such as `'lo'`
 * @throws OSError `ENXIO`
 * @platform POSIX
 */
export function ifIndextoname(index: number): string {
  const name: string[] = [];
  check(native.ifIndextoname(integer('index', index, 0, UINT_MAX), name), 'if_indextoname');
  return name[0] as string;
}

/**
 * All network interfaces; if_nameindex(3).
 * @returns a new array with the number and the name of each
 * @throws OSError such as `EMFILE`, `ENOBUFS`
 * @platform POSIX
 */
export function ifNameindex(): [index: number, name: string][] {
  const found: (number | string)[] = [];
  check(native.ifNameindex(found), 'if_nameindex');
  return Array.from({ length: found.length / 2 }, (_, i) => [
    found[2 * i] as number,
    found[2 * i + 1] as string,
  ]);
}

/**
 * Whether an IPv6 TCP socket can accept IPv4 connections too; ipv6(7).
 * @returns false also if no fd is left for asking
 * @platform POSIX
 */
export function hasDualstackIpv6(): boolean {
  if (!hasIpv6 || IPPROTO_IPV6 === undefined || IPV6_V6ONLY === undefined) return false;
  try {
    using socket = new Socket(AF_INET6, SOCK_STREAM);
    socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    return true;
  } catch (error) {
    if (error instanceof OSError) return false;
    throw error;
  }
}
