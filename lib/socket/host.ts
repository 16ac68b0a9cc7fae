/** Host names from users. */
import { domainToASCII } from 'node:url';
import { rangeError, typeError } from '../values/index.js';

/** A host as the resolver takes it; international names in their ASCII form. */
export function hostName(name: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(name, 'a string', value);
  if (value.includes('\0')) throw rangeError(name, 'without NUL characters', value);
  if (!/[^\0-\x7f]/.test(value)) return value;
  const ascii = domainToASCII(value);
  if (ascii === '') throw rangeError(name, 'a domain name', value);
  return ascii;
}
