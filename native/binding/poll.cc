// The binding function of poll(2): poll(memory).
#include "../sys/poll.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "wait_memory.h"

namespace fdselect::binding {

namespace {

/// How often a Poll with as many fds as RLIMIT_NOFILE allows checks for its worker's termination.
constexpr std::int64_t kPieceMs = 100;

// A wait in a worker: poll(2) also watches the termination fd, just before the first entry.
int WaitInWorker(const Termination& termination, PollHeader& header, pollfd* entries,
                 std::size_t count, std::int64_t timeout_ms, bool& interrupted) {
  header.termination = {termination.fd(), POLLIN, 0};
  const int result =
      sys::Poll(&header.termination, count + 1, static_cast<int>(timeout_ms), &header.restarts);
  if (result == -EINVAL) {
    // There are already as many entries as RLIMIT_NOFILE allows, so ours does not fit.
    const auto piece = timeout_ms < 0 ? kPieceMs : std::min(timeout_ms, kPieceMs);
    return sys::Poll(entries, count, static_cast<int>(piece), &header.restarts);
  }
  interrupted = result > 0 && header.termination.revents != 0;
  return interrupted ? result - 1 : result;
}

// Returns the number of ready entries, or -errno; nullopt if the worker is being terminated.
std::optional<int> Wait(napi_env env, Termination& termination, PollHeader& header, pollfd* entries,
                        std::size_t count) {
  if (termination.fd() < 0) return sys::Poll(entries, count, header.timeout, &header.restarts);
  return termination.Interruptibly(env, header.timeout, sys::Deadline::kNanosecondsPerMillisecond,
                                   [&](std::int64_t timeout_ms, bool& interrupted) {
                                     return WaitInWorker(termination, header, entries, count,
                                                         timeout_ms, interrupted);
                                   });
}

// poll(memory): the layout is in wait_memory.h. Returns the number of ready entries that were
// written, or -errno.
napi_value PollCall(napi_env env, napi_callback_info info) {
  WaitMemory<PollHeader> memory;
  if (!memory.Take(env, info)) return nullptr;
  PollHeader& header = *memory.header;
  auto* const entries = memory.Elements<pollfd>();
  const std::size_t capacity = memory.rest / (sizeof(pollfd) + sizeof(sys::ReadyEntry));
  const std::size_t count = static_cast<std::uint32_t>(header.count);
  const std::size_t limit = static_cast<std::uint32_t>(header.limit);
  if (count > capacity || limit > capacity) return TooSmall(env);
  const std::optional<int> result = Wait(env, memory.addon->termination, header, entries, count);
  if (!result) return nullptr;
  if (*result <= 0) return ToNumber(env, *result);
  const auto ready = static_cast<std::size_t>(*result);
  const std::size_t start = static_cast<std::uint32_t>(header.start);
  auto* const written = reinterpret_cast<sys::ReadyEntry*>(entries + capacity);
  const sys::Collected collected = sys::CollectReady(entries, count, ready, start, limit, written);
  header.start = ready <= limit ? 0 : static_cast<std::int32_t>(collected.next);
  return ToNumber(env, static_cast<int>(collected.count));
}

}  // namespace

void ExportPoll(Napi::Object exports, Addon* addon) { ExportRaw(exports, "poll", PollCall, addon); }

}  // namespace fdselect::binding
