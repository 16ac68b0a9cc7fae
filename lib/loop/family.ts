/** The address family that an address is of. */
import { isIPv6 } from 'node:net';
import type { Address } from '../socket/index.js';
import { AF_INET, AF_INET6, AF_UNIX } from '../socket/index.js';

/** AF_UNIX for a path, AF_INET6 for an IPv6 number, else AF_INET: for names, too. */
export function familyOf(address: Address): number {
  if (typeof address === 'string' || address instanceof Uint8Array) return AF_UNIX;
  return Array.isArray(address) && isIPv6(String(address[0])) ? AF_INET6 : AF_INET;
}
