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

Collected CollectReady(const pollfd* entries, std::size_t count, std::size_t reported,
                       std::size_t start, std::size_t limit, ReadyEntry* ready) {
  const std::size_t wanted = reported < limit ? reported : limit;
  std::size_t position = start < count ? start : 0;
  std::size_t found = 0;
  std::int32_t difference = 0;
  for (std::size_t step = 0; step < count && found < wanted; ++step) {
    const auto revents = static_cast<std::uint16_t>(entries[position].revents);
    if (revents != 0) {
      ReadyEntry& entry = ready[found++];
      const auto here = static_cast<std::int32_t>(position);
      difference |= (entry.position ^ here) | (entry.revents ^ revents);
      entry = {here, revents};
    }
    if (++position == count) position = 0;
  }
  return {found, position, difference == 0};
}

int WaitFor(int fd, short events, int timeout_ms) {
  pollfd entry{fd, events, 0};
  return Poll(&entry, 1, timeout_ms);
}

}  // namespace fdselect::sys
