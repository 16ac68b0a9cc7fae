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

/** Milliseconds on the monotonic clock: `performance.now()`. */
export const now: () => number = performance.now.bind(performance);
