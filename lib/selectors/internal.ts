/** What other floors may use of `selectors` beside its public names. */
export { chooseSelector } from './choose.js';
export { EpollSelector } from './epoll.js';
export { EVENT_EXCEPT } from './key.js';
export type { KeyTable } from './map.js';
