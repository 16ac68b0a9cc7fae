/** The names of error numbers. */
import { getSystemErrorMap } from './builtins.js';

/** The name of a negative errno, such as `'EBADF'`; undefined if it has no name. */
export function errnoName(errno: number): string | undefined {
  return getSystemErrorMap().get(errno)?.[0] ?? nameInC(errno);
}

/** Node's table of errors lacks a few, such as EINPROGRESS; node:os is loaded only for these. */
function nameInC(errno: number): string | undefined {
  const { constants } = process.getBuiltinModule('node:os');
  return Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0];
}
