// poll(2) (POSIX).
#include "poll.h"

#include "deadline.h"
#include "result.h"

namespace fdselect::sys {

int Poll(pollfd* entries, std::size_t count, int timeout_ms) {
  const auto deadline =
      timeout_ms > 0 ? Deadline::AfterMilliseconds(timeout_ms) : Deadline::Never();
  int wait_ms = timeout_ms;
  for (;;) {
    const int ready = Once([&] { return ::poll(entries, static_cast<nfds_t>(count), wait_ms); });
    if (ready != -EINTR) return ready;
    if (timeout_ms <= 0) continue;
    if (deadline.HasPassed()) return 0;
    wait_ms = deadline.RemainingMilliseconds();
  }
}

std::size_t CollectReady(const pollfd* entries, std::size_t count, std::size_t reported,
                         std::size_t start, std::size_t limit, std::int32_t* ready) {
  const std::size_t wanted = reported < limit ? reported : limit;
  std::size_t position = start < count ? start : 0;
  std::size_t found = 0;
  for (std::size_t step = 0; step < count && found < wanted; ++step) {
    const pollfd& entry = entries[position];
    if (++position == count) position = 0;
    if (entry.revents == 0) continue;
    ready[2 * found] = entry.fd;
    ready[(2 * found) + 1] = static_cast<std::uint16_t>(entry.revents);
    ++found;
  }
  return position;
}

int WaitFor(int fd, short events, int timeout_ms) {
  pollfd entry{fd, events, 0};
  return Poll(&entry, 1, timeout_ms);
}

}  // namespace fdselect::sys
