/** Translates the events of poll and epoll, which have the same bits, to those of a selector. */
import { POLLIN, POLLOUT, POLLPRI } from '../waits/index.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE } from './key.js';

/**
 * The selector's events for the events of a call. All events except POLLIN are for writers, and all
 * except POLLOUT for readers: so an error or a hang-up is reported to readers and writers.
 */
export function selectorEvents(events: number, asked: number): number {
  // If urgent data is asked for, POLLPRI is EVENT_EXCEPT and not another event as well.
  const urgent = (asked & EVENT_EXCEPT) !== 0 ? events & POLLPRI : 0;
  const others = events & ~urgent;
  const ready =
    ((others & ~POLLIN) !== 0 ? EVENT_WRITE : 0) |
    ((others & ~POLLOUT) !== 0 ? EVENT_READ : 0) |
    (urgent !== 0 ? EVENT_EXCEPT : 0);
  return ready & asked;
}
