/** The check of the array that `pollInto` fills with pairs of numbers. */
import { isInt32Array, rangeError, typeError } from '../values/index.js';

/**
 * Checks the array. It may come from another realm (node:vm, jsdom) or use a SharedArrayBuffer.
 * @returns how many pairs fit
 */
export function roomForPairs(events: unknown): number {
  if (!isInt32Array(events)) throw typeError('events', 'an Int32Array', events);
  if (events.length < 2) throw rangeError('events.length', 'at least 2', events.length);
  return events.length >> 1;
}
