/** What console.log() and String() show of an object of this package. */
import { EPOLL_EVENTS, eventFlags, inspect, native, POLL_EVENTS } from '../native/index.js';

/** The symbol of `util.inspect.custom`. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What `util.inspect` calls a method of that name with: depth, options, inspect itself. */
export type View = [
  depth: number,
  options: object,
  nested: (value: unknown, options: object) => string,
];

/** `Name { field: value }`, as inspect() writes an object of a class. */
export function shown(name: string, fields: object, [depth, options, nested]: View): string {
  if (depth < 0) return `[${name}]`;
  // File descriptors are numbers, although they are the names of properties here.
  return `${name} ${nested(fields, options).replace(/'(\d+)': /g, '$1: ')}`;
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
