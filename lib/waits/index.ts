/** select(2), poll(2), epoll(7) and the waker: the public names of this floor. */

export type { WaitOptions } from './abort.js';
export type { EventsOptions } from './async-iterator.js';
export * from './constants.js';
export { Poll, poll } from './poll.js';
export { select, selectAsync } from './select.js';
export { Waker } from './waker.js';
