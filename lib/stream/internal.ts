/** What other floors may use of `stream` beside its public names. */
export { hasNoRoom, setNoDelay } from './accept.js';
export { borrow, giveBack, receive } from './input.js';
export { type ConnectionOptions, Limits } from './limits.js';
