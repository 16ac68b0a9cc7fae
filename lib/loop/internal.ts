/** What other floors may use of `loop` beside its public names. */

export { familyOf } from './addresses.js';
export { bind, currentContext } from './context.js';
export { printError } from './options.js';
export { checkSelector } from './selectors.js';
export { checkSeconds, timeOf } from './timers.js';
