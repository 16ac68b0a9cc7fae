/** What poll's and epoll's events mean to a selector. */
import { EVENT_READ, EVENT_WRITE } from './key.js';

/**
 * The selector's events among a call's. Whatever is not about reading alone may concern a writer,
 * and the other way round: an error or a hang-up is both, so that nobody misses it.
 */
export function selectorEvents(events: number, input: number, output: number): number {
  return ((events & ~input) !== 0 ? EVENT_WRITE : 0) | ((events & ~output) !== 0 ? EVENT_READ : 0);
}
