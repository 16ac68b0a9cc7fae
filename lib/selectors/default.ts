/** The best selector of this system. */
import { chooseSelector, type SelectorClass } from './choose.js';

/**
 * The best selector of this system: EpollSelector, else PollSelector. The environment variable
 * `FDSELECT_SELECTOR` (`epoll`, `poll` or `select`), read when this module is imported, overrides
 * it; for an unknown name the constructor throws a RangeError.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.DefaultSelector
 */
export const DefaultSelector: SelectorClass = chooseSelector();
