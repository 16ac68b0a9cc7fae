// Native calls that may block; the termination of a worker interrupts them.
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

/// Whether a blocking call must use the functions below: true in a worker.
inline bool IsInterruptible(const Napi::CallbackInfo& info) {
  return AddonOf(info).termination.fd() >= 0;
}

/// Whether a plain call on `fd` could keep a worker from ending.
inline bool MayBlockWorker(const Napi::CallbackInfo& info, int fd) {
  return IsInterruptible(info) && sys::GetBlocking(fd) == 1;
}

/// Waits until `fd` (negative: none) has one of `events`, at most `timeout_ms` (negative: for
/// ever). Returns 1; 0 after the timeout; -errno; or nullopt if the worker is being terminated:
/// then an exception is pending, and the caller must return to JavaScript at once.
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

/// Repeats `attempt()`, which never blocks, until it returns something other than -EAGAIN. Returns
/// that, or -EAGAIN after `timeout_ms` (negative: never). Between attempts it waits for `events` of
/// `fd`; if `fd` is negative, because no fd reports the event, it waits 1 to 10 milliseconds.
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
      // The fd was ready but the attempt failed: another reader or writer was quicker.
      left_ms = left_ms < 0 ? pause_ms : std::min(left_ms, pause_ms);
      pause_ms = std::min(2 * pause_ms, kLongestPauseMs);
    }
    const auto ready = Await(info, was_ready ? -1 : fd, events, left_ms);
    if (!ready || *ready < 0) return ready;
    was_ready = fd < 0 || (!was_ready && *ready > 0);
  }
}

/// The value for JavaScript; empty if an exception is pending.
inline Napi::Value Returned(Napi::Env env, std::optional<int> result) {
  return result ? Result(env, *result) : Napi::Value();
}

}  // namespace fdselect::binding
