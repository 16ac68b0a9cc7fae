// poll(2) (POSIX).
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>

namespace fdselect::sys {

/// Waits until one of `count` entries has an event, at most `timeout_ms` (negative: for ever).
/// Returns how many entries have `revents` set; 0 after the timeout; or -errno. `restarts`: see
/// WaitedFor() in deadline.h.
int Poll(pollfd* entries, std::size_t count, int timeout_ms, std::int32_t* restarts = nullptr);

/// An entry that has events; `position` is its index in the array of poll(2).
struct ReadyEntry {
  std::int32_t position;
  std::int32_t revents;
};

struct Collected {
  std::size_t count;
  /// The position after the last entry written: where the next call should start, so that with a
  /// `limit` each ready fd gets its turn.
  std::size_t next;
};

/// Writes at most `limit` entries that have events to `ready`, from entry `start` on and wrapping
/// around at the end. `reported` is the result of Poll(): the search stops after so many.
Collected CollectReady(const pollfd* entries, std::size_t count, std::size_t reported,
                       std::size_t start, std::size_t limit, ReadyEntry* ready);

/// Waits until `fd` has one of `events`. Returns 1; 0 after `timeout_ms` (negative: never).
int WaitFor(int fd, short events, int timeout_ms);

}  // namespace fdselect::sys
