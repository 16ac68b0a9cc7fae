/** A socket as text, for console.log() and String(). */
import * as constants from './constants.js';

const values = Object.entries(constants) as [string, number | undefined][];

/** The name of a constant, such as `AF_INET`; the number if there is none. */
function nameOf(prefix: string, number: number, others: readonly string[]): string | number {
  const found = values.find(
    ([name, value]) => value === number && name.startsWith(prefix) && !others.includes(name),
  );
  return found?.[0] ?? number;
}

export function familyName(family: number): string | number {
  return nameOf('AF_', family, ['AF_LOCAL', 'AF_ROUTE']);
}

export function typeName(type: number): string | number {
  return nameOf('SOCK_', type, ['SOCK_CLOEXEC', 'SOCK_NONBLOCK']);
}
