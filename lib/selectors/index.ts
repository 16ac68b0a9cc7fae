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

/** The selector over epoll(7); see the class. `undefined` on systems without epoll. */
const SystemEpollSelector: typeof EpollSelector = (
  epoll === undefined ? undefined : EpollSelector
) as typeof EpollSelector;
type SystemEpollSelector<Data = unknown> = EpollSelector<Data>;

// Renamed on export: a bundler puts this constant and the class in one file.
export { SystemEpollSelector as EpollSelector };
