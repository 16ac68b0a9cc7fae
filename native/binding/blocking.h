// Native calls that may block, made in a way that the end of a worker ends.
//
// Thread: JS, for every function.
#pragma once

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <optional>

#include "../sys/deadline.h"
#include "../sys/io.h"
#include "../sys/poll.h"
#include "addon.h"

namespace fdselect::binding {

/// Whether a call that blocks here must be one of those below.
inline bool IsInterruptible(const Napi::CallbackInfo& info) {
  return AddonOf(info).termination.fd() >= 0;
}

/// Whether a plain call on `fd` could keep a worker from ending.
inline bool MayBlockWorker(const Napi::CallbackInfo& info, int fd) {
  return IsInterruptible(info) && sys::GetBlocking(fd) == 1;
}

/// Waits until `fd` (negative: none) has one of `events`. Returns 1; 0 when the time (negative: for
/// ever) is over; -errno; or nothing when the worker is being terminated: an exception is pending
/// then, and the caller has to return to JavaScript at once.
inline std::optional<int> Await(const Napi::CallbackInfo& info, int fd, short events,
                                std::int64_t timeout_ms) {
  Termination& termination = AddonOf(info).termination;
  return termination.Interruptibly(
      info.Env(), timeout_ms, sys::Deadline::kNanosecondsPerMillisecond,
      [&](std::int64_t piece_ms, bool& interrupted) {
        std::array<pollfd, 2> entries{{{fd, events, 0}, {termination.fd(), POLLIN, 0}}};
        const auto wait_ms = static_cast<int>(std::min<std::int64_t>(piece_ms, INT_MAX));
        const int ready = sys::Poll(entries.data(), entries.size(), wait_ms);
        interrupted = ready > 0 && entries[1].revents != 0;
        return interrupted ? ready - 1 : ready;
      });
}

/// Makes `attempt()`, which never blocks and returns -EAGAIN where it would, until it returns
/// something else, or -EAGAIN when `timeout_ms` (negative: never) is over. Between attempts it
/// waits for `events` of `fd`; where `fd` is negative because nothing reports it, a few
/// milliseconds.
template <class Attempt>
std::optional<int> UntilReady(const Napi::CallbackInfo& info, int fd, short events,
                              std::int64_t timeout_ms, Attempt attempt) {
  constexpr std::int64_t kLongestPauseMs = 10;
  const auto deadline = sys::Deadline::AfterMilliseconds(timeout_ms);
  std::int64_t pause_ms = 1;
  for (bool was_ready = fd < 0;;) {
    const int result = attempt();
    if (result != -EAGAIN) return result;
    if (timeout_ms == 0 || deadline.HasPassed()) return -EAGAIN;
    std::int64_t left_ms = deadline.IsNever() ? -1 : deadline.RemainingMilliseconds();
    if (was_ready) {
      // Ready and yet not: another reader or writer was quicker.
      left_ms = left_ms < 0 ? pause_ms : std::min(left_ms, pause_ms);
      pause_ms = std::min(2 * pause_ms, kLongestPauseMs);
    }
    const auto ready = Await(info, was_ready ? -1 : fd, events, left_ms);
    if (!ready || *ready < 0) return ready;
    was_ready = fd < 0 || (!was_ready && *ready > 0);
  }
}

/// The value for JavaScript; nothing where an exception is pending.
inline Napi::Value Returned(Napi::Env env, std::optional<int> result) {
  return result ? Result(env, *result) : Napi::Value();
}

}  // namespace fdselect::binding
