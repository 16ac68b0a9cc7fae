// epoll(7) (Linux).
#pragma once

#ifdef __linux__

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>

namespace fdselect::sys {

/// Returns the fd of a new, empty set.
int EpollCreate();

/// EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL. The kernel hands `data` back with each event.
int EpollControl(int epoll_fd, int operation, int fd, std::uint32_t events, std::uint64_t data);

/// The same with `fd` as the data.
int EpollControl(int epoll_fd, int operation, int fd, std::uint32_t events);

/// Waits until an fd of the set has an event, at most `timeout_ms` (negative: for ever). Returns
/// how many of `events` were filled, at most `limit`; 0 when the time is over. `restarts` as in
/// WaitedFor.
int EpollWait(int epoll_fd, epoll_event* events, std::size_t limit, int timeout_ms,
              std::int32_t* restarts = nullptr);

}  // namespace fdselect::sys

#endif  // __linux__
