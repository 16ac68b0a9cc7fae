/** `fdselect`: Python's `select` module. */
import { Epoll, epoll } from './waits/internal.js';

export {
  type FileDescriptorLike,
  fileno,
  KeyError,
  OSError,
  OSError as error,
} from './values/index.js';
export * from './waits/index.js';
export { epoll };

/** The class of what {@link epoll} makes. `undefined` on systems without epoll. */
const SystemEpoll: typeof Epoll = (epoll === undefined ? undefined : Epoll) as typeof Epoll;
type SystemEpoll = Epoll;

// Not declared by its own name: in one file with the class, one of them would lose it.
export { SystemEpoll as Epoll };
