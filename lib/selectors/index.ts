/** `fdselect/selectors`: Python's `selectors` module. */
export type { WaitOptions } from '../waiter.js';
export { BaseSelector, type Ready } from './base.js';
export { DefaultSelector } from './default.js';
export { EpollSelector } from './epoll.js';
export { EVENT_READ, EVENT_WRITE, SelectorKey } from './key.js';
export { SelectorMap } from './map.js';
export { PollSelector } from './poll.js';
export { SelectSelector } from './select.js';
