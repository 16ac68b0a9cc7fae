/**
 * What other floors may use of `loop` beside its public names. rolldown.config.js puts these modules
 * into a shared file, so that the file of `fdselect/loop` exports public names only.
 */

export { familyOf } from './addresses.js';
export { bind, currentContext } from './context.js';
export { printError } from './options.js';
export { checkSeconds, timeOf } from './seconds.js';
