// poll(memory)
#include "../sys/poll.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "wait_memory.h"

namespace fdselect::binding {

namespace {

/// How often a full Poll looks whether its worker is being terminated.
constexpr std::int64_t kPieceMs = 100;

// A wait with poll(2) in a worker, which also watches for the end of the worker.
int WaitBesides(const Termination& termination, PollHeader& header, pollfd* entries,
                std::size_t count, std::int64_t timeout_ms, bool& interrupted) {
  header.termination = {termination.fd(), POLLIN, 0};
  const int result =
      sys::Poll(&header.termination, count + 1, static_cast<int>(timeout_ms), &header.restarts);
  if (result == -EINVAL) {
    // As many entries as the process may have open files, and ours is one more.
    const auto piece = timeout_ms < 0 ? kPieceMs : std::min(timeout_ms, kPieceMs);
    return sys::Poll(entries, count, static_cast<int>(piece), &header.restarts);
  }
  interrupted = result > 0 && header.termination.revents != 0;
  return interrupted ? result - 1 : result;
}

// Returns the number of ready entries, or -errno; nothing when the worker is being terminated.
std::optional<int> Wait(napi_env env, Termination& termination, PollHeader& header, pollfd* entries,
                        std::size_t count) {
  if (termination.fd() < 0) return sys::Poll(entries, count, header.timeout, &header.restarts);
  return termination.Interruptibly(env, header.timeout, sys::Deadline::kNanosecondsPerMillisecond,
                                   [&](std::int64_t timeout_ms, bool& interrupted) {
                                     return WaitBesides(termination, header, entries, count,
                                                        timeout_ms, interrupted);
                                   });
}

// Returns the number of ready entries written, or -errno.
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
