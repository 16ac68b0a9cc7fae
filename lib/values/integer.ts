/** The check of integer arguments. */
import { rangeError, typeError } from './errors.js';

export const INT_MAX = 0x7fffffff;
export const UINT_MAX = 0xffffffff;

/** Returns `value` if it is an integer from `min` to `max`; throws an error that names it. */
export function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw typeError(name, 'an integer', value);
  if (!Number.isInteger(value)) throw rangeError(name, 'an integer', value);
  if (value < min || value > max) throw rangeError(name, `from ${min} to ${max}`, value);
  return value;
}
