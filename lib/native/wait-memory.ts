/**
 * The memory that select, poll and epoll exchange with the addon: an ArrayBuffer for each object.
 * native/binding/wait_memory.h has the same layouts. All places here are in int32 units.
 *
 * `restarts` goes up each time that a signal interrupts the call and the addon makes it again; of
 * select it is -1 where the addon answered without the kernel. Only the recorder reads it, and sets
 * it to 0 before a call.
 */

// select: float64 timeout in microseconds | int32 counts[3] | restarts |
//         int32 fds[capacity] | int32 positions[capacity]
// The counts are the lengths of the lists, after the call how many of each are ready.
export const SELECT_COUNTS = 2;
export const SELECT_RESTARTS = 5;
export const SELECT_FDS = 6;

// poll: count | timeout | start | limit | restarts | unused | the addon's own pollfd of 2 |
//       pollfd[capacity] of 2 | (position, revents)[capacity] of 2
export const POLL_COUNT = 0;
export const POLL_TIMEOUT = 1;
/** The entry to report first; after the call, where the next one goes on. */
export const POLL_START = 2;
/** How many ready entries to write at the most. */
export const POLL_LIMIT = 3;
export const POLL_RESTARTS = 4;
export const POLL_ENTRIES = 8;

// epoll: epoll fd | timeout | limit | restarts | (fd, events)[capacity] of 2
export const EPOLL_FD = 0;
export const EPOLL_TIMEOUT = 1;
/** How many events to write at the most. */
export const EPOLL_LIMIT = 2;
export const EPOLL_RESTARTS = 3;
export const EPOLL_READY = 4;

/** All of them, for the recorder, which cannot import from here; see `record/tools.ts`. */
export const layout = {
  ...{ SELECT_COUNTS, SELECT_FDS, SELECT_RESTARTS },
  ...{ POLL_COUNT, POLL_ENTRIES, POLL_RESTARTS, POLL_TIMEOUT },
  ...{ EPOLL_FD, EPOLL_LIMIT, EPOLL_READY, EPOLL_RESTARTS, EPOLL_TIMEOUT },
};
