// How a call on a socket waits: not at all, until its timeout, or for ever. The termination of a
// worker interrupts it.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "../sys/deadline.h"
#include "../sys/socket.h"
#include "blocking.h"

namespace fdselect::binding {

/// With one of these flags a receiving call never waits.
#ifdef MSG_ERRQUEUE
constexpr int kNoWait = MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE;
#else
constexpr int kNoWait = MSG_DONTWAIT | MSG_OOB;
#endif

/// Makes a call that waits for `events` of `fd`.
///
/// - `timeout_ms` > 0: waits with poll(2) first, as CPython does; -ETIMEDOUT after the timeout.
/// - 0: makes one attempt; -EAGAIN if it would block.
/// - negative: blocks or returns -EAGAIN, depending on the fd's O_NONBLOCK.
///
/// `attempt()` never blocks, but returns -EAGAIN; `plain()` is the same system call without
/// MSG_DONTWAIT. Returns nullopt if the worker is being terminated: then an exception is pending.
template <class Attempt, class Plain>
std::optional<int> WaitingCall(const Napi::CallbackInfo& info, int fd, short events,
                               std::int64_t timeout_ms, Attempt attempt, Plain plain) {
  if (timeout_ms == 0) return attempt();
  if (timeout_ms > 0) {
    const auto deadline = sys::Deadline::AfterMilliseconds(timeout_ms);
    // One poll(2) takes at most 2^31 - 1 ms.
    while (true) {
      const auto ready = Await(info, fd, events, deadline.RemainingMilliseconds());
      if (!ready || *ready < 0) return ready;
      if (*ready > 0) break;
      if (deadline.HasPassed()) return -ETIMEDOUT;
    }
    // Readiness may be false: another thread took the data, a checksum failed.
    const auto left_ms = deadline.RemainingMilliseconds();
    const std::optional<int> result = UntilReady(info, fd, events, left_ms, attempt);
    return result && *result == -EAGAIN ? -ETIMEDOUT : result;
  }
  if (!IsInterruptible(info)) return plain();
  const int result = attempt();
  if (result != -EAGAIN) return result;
  if (!sys::BlocksForEver(fd, events)) return plain();
  return UntilReady(info, fd, events, -1, attempt);
}

}  // namespace fdselect::binding
