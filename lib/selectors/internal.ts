/** What the floors above may use of `selectors` beyond its public names. */
export { chooseSelector } from './choose.js';
export { EpollSelector } from './epoll.js';
export { EVENT_EXCEPT } from './key.js';
export type { KeyTable } from './map.js';
