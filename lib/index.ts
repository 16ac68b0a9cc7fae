/** `fdselect`: Python's `select` module. */
export * from './constants.js';
export { Epoll, epoll } from './epoll.js';
export { KeyError, OSError, OSError as error } from './errors.js';
export { type FileDescriptorLike, fileno } from './fileno.js';
export { Poll, poll } from './poll.js';
export { select, selectAsync } from './select.js';
export type { WaitOptions } from './waiter.js';
export { Waker } from './waker.js';
