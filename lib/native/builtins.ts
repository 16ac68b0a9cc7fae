/**
 * What the import of `fdselect` needs of the runtime: parts of Node's own modules, and its time.
 *
 * The modules are not imported by `import`: the namespace that an ES module gets of one reads every
 * property of it, which for node:util alone loads five more.
 *
 * The time functions are taken once, here. Fake timers (Vitest's, Sinon's), which replace the global
 * ones later, must not reach a wait of the kernel: it would never end.
 */
export const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
export const { clearTimeout, setImmediate, setTimeout } = process.getBuiltinModule('node:timers');
export const { getSystemErrorMap, inspect, types } = process.getBuiltinModule('node:util');

/** Milliseconds on the monotonic clock: `performance.now()`. */
export const now: () => number = performance.now.bind(performance);
