/** What poll's and epoll's events, which have the same bits, mean to a selector. */
import { POLLIN, POLLOUT, POLLPRI } from '../waits/index.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE } from './key.js';

/**
 * The selector's events among a call's. Whatever is not about reading alone may concern a writer,
 * and the other way round: an error or a hang-up is both, so that readers and writers see it.
 */
export function selectorEvents(events: number, asked: number): number {
  // Where urgent data is an event of its own it is not another one as well.
  const urgent = (asked & EVENT_EXCEPT) !== 0 ? events & POLLPRI : 0;
  const others = events & ~urgent;
  const ready =
    ((others & ~POLLIN) !== 0 ? EVENT_WRITE : 0) |
    ((others & ~POLLOUT) !== 0 ? EVENT_READ : 0) |
    (urgent !== 0 ? EVENT_EXCEPT : 0);
  return ready & asked;
}
