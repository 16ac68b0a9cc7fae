/** `fdselect`: Python's `select` module. */
import { Epoll, epoll } from './epoll.js';

export * from './constants.js';
export { KeyError, OSError, OSError as error } from './errors.js';
export { type FileDescriptorLike, fileno } from './fileno.js';
export { Poll, poll } from './poll.js';
export { select, selectAsync } from './select.js';
export type { WaitOptions } from './waiter.js';
export { Waker } from './waker.js';
export { epoll };

/** The class of what {@link epoll} makes. `undefined` on systems without epoll. */
const SystemEpoll: typeof Epoll = (epoll === undefined ? undefined : Epoll) as typeof Epoll;
type SystemEpoll = Epoll;

// Not declared by its own name: in one file with the class, one of them would lose it.
export { SystemEpoll as Epoll };
