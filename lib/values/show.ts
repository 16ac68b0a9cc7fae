/** How console.log() and String() show the objects of this package. */
import { EPOLL_EVENTS, eventFlags, inspect, native, POLL_EVENTS } from '../native/index.js';

/** The symbol of `util.inspect.custom`. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** The arguments that `util.inspect` passes to a method of that name; `nested` is inspect itself. */
export type View = [
  depth: number,
  options: object,
  nested: (value: unknown, options: object) => string,
];

/** `Name { field: value }`, as inspect() writes an object of a class. */
export function shown(name: string, fields: object, [depth, options, nested]: View): string {
  if (depth < 0) return `[${name}]`;
  // Removes the quotes around file descriptors, which are property names here.
  return `${name} ${nested(fields, options).replace(/'(\d+)': /g, '$1: ')}`;
}

/**
 * Lets console.log() and String() show the objects of a class as `Name { field: value }`.
 * @param fields - what is shown of an object
 */
export function showAs<T extends object>(
  prototype: T,
  name: string,
  fields: (object: T) => object,
): void {
  const methods = {
    toString(this: T): string {
      return oneLine(this);
    },
    [INSPECT](this: T, ...view: View): string {
      return shown(name, fields(this), view);
    },
  };
  Object.defineProperties(prototype, {
    toString: { value: methods.toString, writable: true, configurable: true },
    [INSPECT]: { value: methods[INSPECT], writable: true, configurable: true },
  });
}

/** What console.log() shows of `value`, on one line. */
export function oneLine(value: object): string {
  return inspect(value, { breakLength: Infinity });
}

/** The names of event bits without their prefix, such as `'IN|OUT'`. */
export function eventNames(kind: 'poll' | 'epoll', bits: number): string {
  const names = kind === 'poll' ? POLL_EVENTS : EPOLL_EVENTS;
  return eventFlags(native, names, bits).replaceAll(/EPOLL|POLL/g, '');
}
