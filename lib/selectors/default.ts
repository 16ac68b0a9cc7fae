/** The best selector that works here. */
import { chooseSelector, type SelectorClass } from './choose.js';

/**
 * The best selector that works on this system: EpollSelector, else PollSelector, else
 * SelectSelector. The environment variable `FDSELECT_SELECTOR` (`epoll`, `poll` or `select`), read
 * when this is imported, decides otherwise; an unknown name is a RangeError when one is
 * constructed.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.DefaultSelector
 */
export const DefaultSelector: SelectorClass = chooseSelector();
