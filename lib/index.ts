/** `fdselect`: Python's `select` module. */
import { Epoll as EpollClass, epoll } from './epoll.js';

export * from './constants.js';
export { KeyError, OSError, OSError as error } from './errors.js';
export { type FileDescriptorLike, fileno } from './fileno.js';
export { Poll, poll } from './poll.js';
export { select, selectAsync } from './select.js';
export type { WaitOptions } from './waiter.js';
export { Waker } from './waker.js';
export { epoll };

/** The class of what {@link epoll} makes. `undefined` on systems without epoll. */
export const Epoll: typeof EpollClass = (
  epoll === undefined ? undefined : EpollClass
) as typeof EpollClass;
export type Epoll = EpollClass;
