// The binding function of select(2): select(memory).
#include "../sys/select.h"

#include <optional>

#include "wait_memory.h"

namespace fdselect::binding {

namespace {

// Finds the three lists in the memory. Returns false if they do not fit.
bool ReadLists(const WaitMemory<SelectHeader>& memory, std::size_t capacity, sys::FdLists& lists) {
  const auto* const fds = memory.Elements<std::int32_t>();
  std::size_t used = 0;
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const std::size_t count = static_cast<std::uint32_t>(memory.header->counts[kind]);
    if (count > capacity - used) return false;
    lists[kind] = {fds + used, count};
    used += count;
  }
  return true;
}

// select(memory): the layout is in wait_memory.h. Returns the number of ready fds, or -errno.
napi_value SelectCall(napi_env env, napi_callback_info info) {
  WaitMemory<SelectHeader> memory;
  if (!memory.Take(env, info)) return nullptr;
  SelectHeader& header = *memory.header;
  auto* const fds = memory.Elements<std::int32_t>();
  const std::size_t capacity = memory.rest / (2 * sizeof(std::int32_t));
  sys::FdLists lists{};
  if (!ReadLists(memory, capacity, lists)) return TooSmall(env);
  // A timeout of about 2^63 microseconds or more, like a negative one, means for ever.
  const bool for_ever = !(header.timeout_us >= 0 && header.timeout_us < 9.2e18);
  Termination& termination = memory.addon->termination;
  sys::Selector& selector = memory.addon->selector;
  const std::optional<int> result = termination.Interruptibly(
      env, for_ever ? -1 : static_cast<std::int64_t>(header.timeout_us),
      sys::Deadline::kNanosecondsPerMicrosecond, [&](std::int64_t timeout, bool& interrupted) {
        return selector.Select(lists, timeout, termination.fd(), interrupted, header.restarts);
      });
  if (!result) return nullptr;
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const sys::FdList& list = lists[kind];
    std::int32_t* const positions = fds + capacity + (list.fds - fds);
    const bool has_ready = *result > 0 && list.count > 0;
    const auto set = static_cast<sys::SetKind>(kind);
    const std::size_t found = has_ready ? selector.CollectReady(set, positions) : 0;
    header.counts[kind] = static_cast<std::int32_t>(found);
  }
  return ToNumber(env, *result);
}

}  // namespace

void ExportSelect(Napi::Object exports, Addon* addon) {
  ExportRaw(exports, "select", SelectCall, addon);
}

}  // namespace fdselect::binding
