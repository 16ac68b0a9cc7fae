// poll(2) (POSIX).
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>

namespace fdselect::sys {

/// Waits until one of `count` entries has an event, at most `timeout_ms` (negative: for ever).
/// Returns how many entries have `revents` set; 0 when the time is over. `restarts` as in
/// WaitedFor.
int Poll(pollfd* entries, std::size_t count, int timeout_ms, std::int32_t* restarts = nullptr);

/// An entry that has events, by its position.
struct ReadyEntry {
  std::int32_t position;
  std::int32_t revents;
};

struct Collected {
  std::size_t count;
  /// The position after the last entry written, where a following call has to go on.
  std::size_t next;
};

/// Writes at most `limit` entries that have events to `ready`, beginning with entry `start` and
/// wrapping around. `reported` is what Poll() returned.
Collected CollectReady(const pollfd* entries, std::size_t count, std::size_t reported,
                       std::size_t start, std::size_t limit, ReadyEntry* ready);

/// Waits until `fd` has one of `events`. Returns 1; 0 when `timeout_ms` (negative: never) is over.
int WaitFor(int fd, short events, int timeout_ms);

}  // namespace fdselect::sys
