/** Names of hosts and interfaces from users. */
import { rangeError, typeError } from '../values/index.js';

/** A string that C can take: without NUL characters. */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(name, 'a string', value);
  if (value.includes('\0')) throw rangeError(name, 'without NUL characters', value);
  return value;
}

/** A host as the resolver takes it; international names in their ASCII form. */
export function hostName(name: string, value: unknown): string {
  const host = text(name, value);
  // The interface after the % of a link-local address is not part of a domain name.
  if (!/[^\0-\x7f]/.test(host) || host.includes('%')) return host;
  const ascii = process.getBuiltinModule('node:url').domainToASCII(host);
  if (ascii === '') throw rangeError(name, 'a domain name', value);
  return ascii;
}
