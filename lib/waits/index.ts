/** select(2), poll(2), epoll(7) and the waker: what `fdselect` exports of this floor. */
export * from './constants.js';
export { Poll, poll } from './poll.js';
export { select, selectAsync } from './select.js';
export type { WaitOptions } from './waiter.js';
export { Waker } from './waker.js';
