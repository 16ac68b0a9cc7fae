/** What the floors above may use of `loop` beyond its public names. */
export { bind, type Context, currentContext } from './context.js';
export { printError } from './event-loop.js';
export { familyOf } from './family.js';
export { checkSelector, isOpen } from './selectors.js';
export { checkSeconds } from './timers.js';
