/** What other floors may use of `selectors` beside its public names. */
export { chooseSelector } from './choose.js';
export { EpollSelector } from './epoll.js';
export { FdTable } from './fd-table.js';
export { EVENT_EXCEPT } from './key.js';
export {
  checkSelector,
  isKnown,
  isOpen,
  OwnKey,
  openUrgentSelector,
  type SelectorName,
} from './urgent.js';
