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

/** The class of the objects that {@link epoll} makes. `undefined` on systems without epoll. */
const SystemEpoll: typeof Epoll = (epoll === undefined ? undefined : Epoll) as typeof Epoll;
type SystemEpoll = Epoll;

// Renamed on export: a bundler puts this constant and the class in one file.
export { SystemEpoll as Epoll };
