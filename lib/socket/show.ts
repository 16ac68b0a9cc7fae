/** A socket as text, for console.log() and String(). */
import { native } from '../native/index.js';

/** All constants of sockets; made when it is needed, which takes a millisecond. */
let values: [string, number][] | undefined;

/** The name of a constant, such as `AF_INET`; the number if there is none. */
function nameOf(prefix: string, number: number, others: readonly string[]): string | number {
  values ??= Object.entries(native.moduleConstants('socket'));
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
