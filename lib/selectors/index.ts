/** `fdselect/selectors`: Python's `selectors` module. */
import { epoll } from '../epoll.js';
import { EpollSelector as EpollSelectorClass } from './epoll.js';

export type { WaitOptions } from '../waiter.js';
export { BaseSelector, type Ready } from './base.js';
export { DefaultSelector } from './default.js';
export { EVENT_READ, EVENT_WRITE, SelectorKey } from './key.js';
export { SelectorMap } from './map.js';
export { PollSelector } from './poll.js';
export { SelectSelector } from './select.js';

/** See its class. `undefined` on systems without epoll. */
export const EpollSelector: typeof EpollSelectorClass = (
  epoll === undefined ? undefined : EpollSelectorClass
) as typeof EpollSelectorClass;
export type EpollSelector<Data = unknown> = EpollSelectorClass<Data>;
