/**
 * What the import of `fdselect` needs of Node's own modules. Not by `import`: the namespace that an
 * ES module gets of one reads every property of it, which for node:util alone loads five more.
 */
export const { existsSync, writeSync } = process.getBuiltinModule('node:fs');
export const { setImmediate } = process.getBuiltinModule('node:timers');
export const { getSystemErrorMap, inspect } = process.getBuiltinModule('node:util');
