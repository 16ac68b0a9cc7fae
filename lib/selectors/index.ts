/** `fdselect/selectors`: Python's `selectors` module. */
import { epoll } from '../waits/internal.js';
import { EpollSelector } from './epoll.js';

export type { EventsOptions, WaitOptions } from '../waits/index.js';
export { BaseSelector, type Ready } from './base.js';
export { DefaultSelector } from './default.js';
export { EVENT_READ, EVENT_WRITE, SelectorKey } from './key.js';
export { SelectorMap } from './map.js';
export { PollSelector } from './poll.js';
export { SelectSelector } from './select.js';

/** See its class. `undefined` on systems without epoll. */
const SystemEpollSelector: typeof EpollSelector = (
  epoll === undefined ? undefined : EpollSelector
) as typeof EpollSelector;
type SystemEpollSelector<Data = unknown> = EpollSelector<Data>;

// Not declared by its own name: in one file with the class, one of them would lose it.
export { SystemEpollSelector as EpollSelector };
