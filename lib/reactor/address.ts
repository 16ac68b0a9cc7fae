/** The addresses of transports and ports. */
import { isIP } from '../native/index.js';
import { type Address, AF_INET, AF_INET6, formatAddress } from '../socket/internal.js';

/**
 * Host and port of one end of a TCP connection. `twisted.internet.address.IPv4Address` and
 * `IPv6Address`.
 * @platform POSIX
 */
export class TCPAddress {
  /** 'TCP'. */
  readonly type = 'TCP';
  /** The numeric address, IPv4 or IPv6; of a connector's destination, perhaps a name. */
  readonly host: string;
  /** The port, from 0 to 65535. */
  readonly port: number;

  /**
   * @param host - an address or a name; not checked
   * @param port - a port; not checked
   */
  constructor(host: string, port: number) {
    this.host = host;
    this.port = port;
  }

  /** In the first form of Twisted's addresses: `('INET', '127.0.0.1', 8881)`. */
  toString(): string {
    const family = isIP(this.host) === 6 ? 'INET6' : 'INET';
    return `('${family}', ${formatAddress([this.host, this.port]).slice(1)}`;
  }
}

/** The address of a TCP socket. */
export function tcpAddress(address: Address): TCPAddress {
  const [host, port] = address as [host: string, port: number];
  return new TCPAddress(host, port);
}

/** The family of a host; AF_INET for a name. */
export function familyOf(host: string): number {
  return isIP(host) === 6 ? AF_INET6 : AF_INET;
}
