/** The families and names of addresses. */
import { isIP, isIPv6 } from 'node:net';
import type { Address } from '../socket/index.js';
import { AF_INET, AF_INET6, AF_UNIX } from '../socket/index.js';
import type { FoundAddress } from './lookup.js';

/** AF_UNIX for a path, AF_INET6 for an IPv6 number, else AF_INET: for names, too. */
export function familyOf(address: Address): number {
  if (typeof address === 'string' || address instanceof Uint8Array) return AF_UNIX;
  return Array.isArray(address) && isIPv6(String(address[0])) ? AF_INET6 : AF_INET;
}

/** The name of an address that has to be looked up; null if there is nothing to look up. */
export function hostName(address: Address): string | null {
  if (!Array.isArray(address)) return null;
  const [host] = address;
  if (typeof host !== 'string' || host === '' || host === '<broadcast>') return null;
  return isIP(host) === 0 ? host : null;
}

/** RFC 8305, 4: the families alternate, beginning with that of the first address. */
export function interleaved(found: readonly FoundAddress[]): FoundAddress[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  return Array.from({ length: Math.max(first.length, others.length) }, (_, i) =>
    [first[i], others[i]].filter((one) => one !== undefined),
  ).flat();
}
