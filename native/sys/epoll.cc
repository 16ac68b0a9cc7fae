// epoll(7) (Linux).
#include "epoll.h"

#ifdef __linux__

#include <algorithm>
#include <climits>

#include "deadline.h"
#include "result.h"

namespace fdselect::sys {

int EpollCreate() {
  return Once([] { return ::epoll_create1(EPOLL_CLOEXEC); });
}

int EpollControl(int epoll_fd, int operation, int fd, std::uint32_t events) {
  return EpollControl(epoll_fd, operation, fd, events, static_cast<std::uint32_t>(fd));
}

int EpollControl(int epoll_fd, int operation, int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  epoll_event* const argument = operation == EPOLL_CTL_DEL ? nullptr : &event;
  return Once([&] { return ::epoll_ctl(epoll_fd, operation, fd, argument); });
}

int EpollWait(int epoll_fd, epoll_event* events, std::size_t limit, int timeout_ms,
              std::int32_t* restarts) {
  // epoll_wait(2) refuses more than fit in INT_MAX bytes.
  const int max_events = static_cast<int>(std::min(limit, INT_MAX / sizeof(epoll_event)));
  const auto call = [&](std::int64_t left_ms) {
    return ::epoll_wait(epoll_fd, events, max_events, static_cast<int>(left_ms));
  };
  return WaitedFor(timeout_ms, Deadline::kNanosecondsPerMillisecond, call, restarts);
}

}  // namespace fdselect::sys

#endif  // __linux__
