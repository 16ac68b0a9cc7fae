/**
 * The layout of the memory that select, poll and epoll share with the addon: an ArrayBuffer per
 * object. native/binding/wait_memory.h describes the same layouts. All offsets are in int32 units.
 *
 * `restarts` counts how often a signal interrupted the call and the addon repeated it. For select,
 * -1 means that select(2) was not called. Only the recorder uses it, and sets it to 0 before a call.
 */

// select: float64 timeout in microseconds | int32 counts[3] | restarts |
//         int32 fds[capacity] | int32 positions[capacity]
// The counts are the lengths of the lists; after the call, the numbers of ready fds.
export const SELECT_COUNTS = 2;
export const SELECT_RESTARTS = 5;
export const SELECT_FDS = 6;

// poll: count | timeout | start | limit | restarts | unused | the addon's own pollfd of 2 |
//       pollfd[capacity] of 2 | (position, revents)[capacity] of 2
export const POLL_COUNT = 0;
export const POLL_TIMEOUT = 1;
/** The entry to report first; after the call, the entry where the next call should start. */
export const POLL_START = 2;
/** The most ready entries to write. */
export const POLL_LIMIT = 3;
export const POLL_RESTARTS = 4;
export const POLL_ENTRIES = 8;

// epoll: epoll fd | timeout | limit | restarts | (fd, events)[capacity] of 2
export const EPOLL_FD = 0;
export const EPOLL_TIMEOUT = 1;
/** The most events to write. */
export const EPOLL_LIMIT = 2;
export const EPOLL_RESTARTS = 3;
export const EPOLL_READY = 4;

/** All offsets, for the recorder, which cannot import from here; see `record/tools.ts`. */
export const layout = {
  ...{ SELECT_COUNTS, SELECT_FDS, SELECT_RESTARTS },
  ...{ POLL_COUNT, POLL_ENTRIES, POLL_LIMIT, POLL_RESTARTS, POLL_TIMEOUT },
  ...{ EPOLL_FD, EPOLL_LIMIT, EPOLL_READY, EPOLL_RESTARTS, EPOLL_TIMEOUT },
};
