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
  epoll_event event{};
  event.events = events;
  event.data.u64 = static_cast<std::uint32_t>(fd);
  epoll_event* const argument = operation == EPOLL_CTL_DEL ? nullptr : &event;
  return Once([&] { return ::epoll_ctl(epoll_fd, operation, fd, argument); });
}

int EpollWait(int epoll_fd, epoll_event* events, std::size_t limit, int timeout_ms) {
  const auto deadline =
      timeout_ms > 0 ? Deadline::AfterMilliseconds(timeout_ms) : Deadline::Never();
  // epoll_wait(2) refuses more than fit in INT_MAX bytes.
  const int max_events = static_cast<int>(std::min(limit, INT_MAX / sizeof(epoll_event)));
  int wait_ms = timeout_ms;
  for (;;) {
    const int ready = Once([&] { return ::epoll_wait(epoll_fd, events, max_events, wait_ms); });
    if (ready != -EINTR) return ready;
    if (timeout_ms <= 0) continue;
    if (deadline.HasPassed()) return 0;
    wait_ms = deadline.RemainingMilliseconds();
  }
}

}  // namespace fdselect::sys

#endif  // __linux__
