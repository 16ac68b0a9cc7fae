// poll(2) (POSIX): the call, and how its answer is collected.
#include "poll.h"

#include "deadline.h"
#include "result.h"

namespace fdselect::sys {

int Poll(pollfd* entries, std::size_t count, int timeout_ms, std::int32_t* restarts) {
  const auto call = [&](std::int64_t left_ms) {
    return ::poll(entries, static_cast<nfds_t>(count), static_cast<int>(left_ms));
  };
  return WaitedFor(timeout_ms, Deadline::kNanosecondsPerMillisecond, call, restarts);
}

Collected CollectReady(const pollfd* entries, std::size_t count, std::size_t reported,
                       std::size_t start, std::size_t limit, ReadyEntry* ready) {
  const std::size_t wanted = reported < limit ? reported : limit;
  std::size_t position = start < count ? start : 0;
  std::size_t found = 0;
  for (std::size_t step = 0; step < count && found < wanted; ++step) {
    const auto revents = static_cast<std::uint16_t>(entries[position].revents);
    if (revents != 0) {
      ready[found++] = {static_cast<std::int32_t>(position), revents};
    }
    if (++position == count) position = 0;
  }
  return {found, position};
}

int WaitFor(int fd, short events, int timeout_ms) {
  pollfd entry{fd, events, 0};
  return Poll(&entry, 1, timeout_ms);
}

}  // namespace fdselect::sys
