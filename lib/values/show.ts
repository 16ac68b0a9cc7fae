/** What console.log() and String() show of an object of this package. */
import { inspect } from '../native/index.js';

/** The symbol of `util.inspect.custom`. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

type Inspect = (value: unknown, options: object) => string;

/** `Name { field: value }`, as inspect() writes an object of a class. */
export function shown(
  name: string,
  fields: object,
  depth: number,
  options: object,
  nested: Inspect,
): string {
  return depth < 0 ? `[${name}]` : `${name} ${nested(fields, options)}`;
}

/** What console.log() shows of `value`, on one line. */
export function oneLine(value: object): string {
  return inspect(value, { breakLength: Infinity });
}
