/** What the floors above may use of `stream` beyond its public names. */
export { hasNoRoom, setNoDelay } from './accept.js';
export { borrow, giveBack, receive } from './input.js';
export { type ConnectionOptions, Limits } from './limits.js';
export { Reserve } from './reserve.js';
