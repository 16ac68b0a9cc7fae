/**
 * The functions that the loader passes to the recorder. The recorder is loaded while `core.js` is
 * being evaluated, so it cannot import them from there.
 */
import type { errnoName } from '../errno.js';
import type { EPOLL_EVENTS, flags, POLL_EVENTS } from '../event-names.js';
import type { LineWriter } from '../line-writer.js';
import type { layout } from '../wait-memory.js';

export interface Tools {
  errnoName: typeof errnoName;
  LineWriter: typeof LineWriter;
  flags: typeof flags;
  POLL_EVENTS: typeof POLL_EVENTS;
  EPOLL_EVENTS: typeof EPOLL_EVENTS;
  layout: typeof layout;
  /** Whether a wait ends when this worker ends; see `lib/native/load.ts`. */
  isInterruptible: boolean;
}
