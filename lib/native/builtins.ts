/**
 * The functions of Node's own modules that `fdselect` needs when it is imported.
 *
 * They are not imported by `import`, because that reads every property of a module: for node:util
 * alone, this loads five more modules.
 *
 * The time functions are saved here. Fake timers (of Vitest, Sinon) replace the global functions
 * later, and a wait in the kernel that relied on those would never end.
 */
export const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
export const { clearTimeout, setImmediate, setTimeout } = process.getBuiltinModule('node:timers');
export const { getSystemErrorMap, inspect, types } = process.getBuiltinModule('node:util');

const { hrtime } = process;

/**
 * Milliseconds on the monotonic clock, from a point in the past. `performance.now()` would be the same
 * clock, but its first use loads ten modules, which takes longer than loading the addon.
 */
export function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/**
 * `isIP` of node:net, which is loaded at the first call only: it takes half as long as `fdselect`.
 * Node 20 compiles a long expression when it first looks for an IPv6 address, which takes as long as
 * the whole import of `fdselect`: only a text with a colon can be one.
 */
export function isIP(text: string): number {
  const { isIP, isIPv4 } = process.getBuiltinModule('node:net');
  // From JavaScript it may be something else, which is no address.
  if (`${text}`.includes(':')) return isIP(text);
  return isIPv4(text) ? 4 : 0;
}
