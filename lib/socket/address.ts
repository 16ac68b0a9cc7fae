/** Socket addresses: the arrays and strings of the public API, and what the addon takes. */
import type { NativeAddress, NativeEndpoint } from '../native/index.js';
import { byteString, integer, rangeError, toBytes, typeError, UINT_MAX } from '../values/index.js';
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
} from './core-constants.js';
import { hostName, text } from './host.js';

/** Host and port of IPv4; with flow information and scope id of IPv6. */
export type InternetAddress =
  | [host: string, port: number]
  | [host: string, port: number, flowinfo: number, scopeid: number];

/** AF_PACKET: interface, protocol in host byte order, packet type, hardware type and address. */
export type PacketAddress = [
  ifname: string,
  proto: number,
  pkttype: number,
  hatype: number,
  addr: Buffer,
];

/**
 * The address of a socket, in the form of CPython:
 *
 * | family | address |
 * |---|---|
 * | AF_INET | `[host, port]` |
 * | AF_INET6 | `[host, port, flowinfo, scopeid]`; the last two may be left out |
 * | AF_UNIX | a path; a name that begins with NUL is abstract (Linux); empty if there is none |
 * | AF_NETLINK | `[pid, groups]` |
 * | AF_PACKET | `[ifname, proto, pkttype, hatype, addr]`; the last three may be left out |
 * | AF_VSOCK | `[cid, port]` |
 * | AF_CAN | `[ifname]` |
 * | another, only in results | `[family, bytes]` |
 *
 * The host `''` means every interface, `'<broadcast>'` is 255.255.255.255; a name is looked up,
 * which blocks. The names of Unix sockets are bytes: results are a string if they are UTF-8, else a
 * Buffer. Arguments may be either, and NUL characters are kept.
 */
export type Address =
  | InternetAddress
  | string
  | Uint8Array
  | [pid: number, groups: number]
  | PacketAddress
  | [ifname: string]
  | [family: number, bytes: Buffer];

/** Flow information has 20 bits. */
const MAX_FLOWINFO = 0xfffff;
const MAX_PORT = 0xffff;
const MAX_BYTE = 0xff;
const MAX_HARDWARE_ADDRESS = 8;
const NO_BYTES = new Uint8Array();

/** Checks an address for a socket of `family`. */
export function toEndpoint(family: number, address: unknown): NativeEndpoint {
  switch (family) {
    case AF_UNIX:
      return unixEndpoint(address);
    case AF_NETLINK: {
      const [pid, groups] = parts(address, '[pid, groups]', 2, 2);
      return [family, '', uint('pid', pid), uint('groups', groups), 0];
    }
    case AF_VSOCK: {
      const [cid, port] = parts(address, '[cid, port]', 2, 2);
      return [family, '', uint('cid', cid), uint('port', port), 0];
    }
    case AF_CAN: {
      const [ifname] = parts(address, '[ifname]', 1, 1);
      return [family, text('ifname', ifname), 0, 0, 0];
    }
    case AF_PACKET:
      return packetEndpoint(address);
    default:
      return internetEndpoint(family, address);
  }
}

function internetEndpoint(family: number, address: unknown): NativeEndpoint {
  const isIpv6 = family === AF_INET6;
  const form = isIpv6 ? '[host, port, flowinfo?, scopeid?]' : '[host, port]';
  const [host, port, flowinfo = 0, scopeid = 0] = parts(address, form, 2, isIpv6 ? 4 : 2);
  return [
    family,
    hostName('host', host),
    integer('port', port, 0, MAX_PORT),
    integer('flowinfo', flowinfo, 0, MAX_FLOWINFO),
    integer('scopeid', scopeid, 0, UINT_MAX),
  ];
}

function packetEndpoint(address: unknown): NativeEndpoint {
  const form = '[ifname, proto, pkttype?, hatype?, addr?]';
  const [ifname, proto, pkttype = 0, hatype = 0, addr = NO_BYTES] = parts(address, form, 2, 5);
  const hardware = toBytes('addr', addr);
  if (hardware.length > MAX_HARDWARE_ADDRESS) {
    throw rangeError('addr', `at most ${MAX_HARDWARE_ADDRESS} bytes`, addr);
  }
  return [
    AF_PACKET,
    text('ifname', ifname),
    integer('proto', proto, 0, MAX_PORT),
    integer('pkttype', pkttype, 0, MAX_BYTE),
    integer('hatype', hatype, 0, MAX_PORT),
    hardware,
  ];
}

function unixEndpoint(name: unknown): NativeEndpoint {
  const bytes = byteString('address', name);
  // The kernel would end a path at its first NUL, and use another file.
  if (bytes[0] !== 0 && bytes.includes(0)) {
    throw rangeError('address', 'a path without NUL, or a name that begins with one', name);
  }
  return [AF_UNIX, bytes, 0, 0, 0];
}

function parts(address: unknown, form: string, least: number, most: number): unknown[] {
  if (!Array.isArray(address) || address.length < least || address.length > most) {
    throw typeError('address', `an array ${form}`, address);
  }
  return address;
}

function uint(name: string, value: unknown): number {
  return integer(name, value, 0, UINT_MAX);
}

/** The public form of an address from the addon; null if there is none. */
export function fromNative(address: NativeAddress): Address | null {
  if (address.length === 0) return null;
  const [family, name, a, b, c, bytes] = address;
  switch (family) {
    case AF_UNIX:
      return fromBytes(name as Buffer);
    case AF_INET:
      return [name as string, a];
    case AF_INET6:
      return [name as string, a, b, c];
    case AF_NETLINK:
    case AF_VSOCK:
      return [a, b];
    case AF_PACKET:
      return [name as string, a, b, c, bytes];
    case AF_CAN:
      return [name as string];
    default:
      return [family, bytes];
  }
}

/** A string if the bytes are UTF-8, else the bytes. */
function fromBytes(bytes: Buffer): string | Buffer {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : bytes;
}

/**
 * An address as Python prints it: `('127.0.0.1', 8881)`.
 * @param address - of any family
 * @returns the text
 * @throws TypeError for a value that is not an address
 * @platform POSIX
 */
export function formatAddress(address: Address): string {
  if (!Array.isArray(address)) {
    return quote(typeof address === 'string' ? address : toBytes('address', address));
  }
  const items = address.map((item) => (typeof item === 'number' ? item : quote(item)));
  return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
}

function quote(value: string | Uint8Array): string {
  const isText = typeof value === 'string';
  const content = isText ? value : Buffer.from(value).toString('latin1');
  const escaped = content.replaceAll(isText ? '\0' : /[^ -~]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `${isText ? '' : 'b'}'${escaped}'`;
}
