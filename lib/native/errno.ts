/** The names of error numbers. */
import { getSystemErrorMap } from './builtins.js';

/** The name of a negative errno, such as `'EBADF'`; undefined if there is none. */
export function errnoName(errno: number): string | undefined {
  return getSystemErrorMap().get(errno)?.[0] ?? nameInC(errno);
}

/** Node's own table lacks a few, such as EINPROGRESS; node:os is loaded for these only. */
function nameInC(errno: number): string | undefined {
  const { constants } = process.getBuiltinModule('node:os');
  return Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0];
}
