/** Helpers for addresses: their family, their host name, and the order in which to try them. */
import { isIP } from '../native/index.js';
import type { Address } from '../socket/index.js';
import { AF_INET, AF_INET6, AF_UNIX } from '../socket/internal.js';
import type { FoundAddress } from './lookup.js';

/** AF_UNIX for a path, AF_INET6 for a numeric IPv6 host, otherwise AF_INET, also for names. */
export function familyOf(address: Address): number {
  if (typeof address === 'string' || address instanceof Uint8Array) return AF_UNIX;
  return Array.isArray(address) && isIP(String(address[0])) === 6 ? AF_INET6 : AF_INET;
}

/** The host name of an address that must be looked up; null for numeric hosts and paths. */
export function hostName(address: Address): string | null {
  if (!Array.isArray(address)) return null;
  const [host] = address;
  if (typeof host !== 'string' || host === '' || host === '<broadcast>') return null;
  return isIP(host) === 0 ? host : null;
}

/** RFC 8305, section 4: sorts addresses so that families alternate, starting with the first's. */
export function interleaved(found: readonly FoundAddress[]): FoundAddress[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  return Array.from({ length: Math.max(first.length, others.length) }, (_, i) =>
    [first[i], others[i]].filter((one) => one !== undefined),
  ).flat();
}
