/**
 * The memory that select, poll and epoll exchange with the addon: an ArrayBuffer for each object.
 * native/binding/wait_memory.h has the same layouts. All places here are in int32 units.
 */

// select: float64 timeout in microseconds | int32 counts[3] | unused |
//         int32 fds[capacity] | int32 positions[capacity]
// The counts are the lengths of the lists, after the call how many of each are ready.
export const SELECT_COUNTS = 2;
export const SELECT_FDS = 6;

// poll: count | timeout | start | limit | the addon's own pollfd of 2 |
//       pollfd[capacity] of 2 | (position, revents)[capacity] of 2
export const POLL_COUNT = 0;
export const POLL_TIMEOUT = 1;
/** The entry to report first; after the call, where the next one goes on. */
export const POLL_START = 2;
/** How many ready entries to write at the most. */
export const POLL_LIMIT = 3;
export const POLL_ENTRIES = 6;

// epoll: epoll fd | timeout | limit | unused | (fd, events)[capacity] of 2
export const EPOLL_FD = 0;
export const EPOLL_TIMEOUT = 1;
/** How many events to write at the most. */
export const EPOLL_LIMIT = 2;
export const EPOLL_READY = 4;
