// How a call on a socket waits: not at all, until its timeout, or for ever; in a worker so that the
// end of the worker ends it.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "../sys/deadline.h"
#include "../sys/socket.h"
#include "blocking.h"

namespace fdselect::binding {

/// With one of these no receiving call waits.
#ifdef MSG_ERRQUEUE
constexpr int kNoWait = MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE;
#else
constexpr int kNoWait = MSG_DONTWAIT | MSG_OOB;
#endif

/// Makes a call that waits for `events` of `fd`.
///
/// - `timeout_ms` > 0: waits with poll(2) first, as CPython does; -ETIMEDOUT when the time is over.
/// - 0: makes one attempt; -EAGAIN where it would block.
/// - negative: blocks, or gives -EAGAIN, as O_NONBLOCK of the fd says.
///
/// `attempt()` never blocks and gives -EAGAIN instead; `plain()` is the same call as the kernel
/// makes it. Returns nothing when the worker is being terminated: an exception is pending then.
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
