/** The check of arguments that are objects. */
import { typeError } from './errors.js';

/** @throws TypeError for options that are not an object */
export function toOptions<Options extends object>(options: Options): Options {
  if (typeof options !== 'object' || options === null) {
    throw typeError('options', 'an object', options);
  }
  return options;
}

/** Throws a TypeError that names the argument, unless the value has the method. */
export function checkHas(name: string, kind: string, value: unknown, method: string): void {
  if (typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function') return;
  throw typeError(name, kind, value);
}

/** The items of an iterable that is not a string. */
export function toList(name: string, expected: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw typeError(name, expected, value);
  }
  return [...(value as Iterable<unknown>)];
}
