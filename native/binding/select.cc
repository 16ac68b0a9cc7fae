// select(memory): the whole exchange is one ArrayBuffer, which lib/waits/select.ts lays out and fills.
//
//   SelectHeader | int32 fds[capacity] | int32 positions[capacity]
//
// The three lists of fds follow one another. The positions of a list's ready fds come back in
// the second half, at the place where the list stands in the first.
#include "../sys/select.h"

#include <optional>

#include "addon.h"

namespace fdselect::binding {

namespace {

struct SelectHeader {
  double timeout_us;                    // negative: for ever
  std::int32_t counts[sys::kSetKinds];  // in: the lengths of the lists; out: how many ready
  std::int32_t unused;
};

static_assert(sizeof(SelectHeader) == 24, "lib/waits/select.ts computes these offsets");

// Returns the number of ready fds, or -errno. Without node-addon-api, like poll().
napi_value SelectCall(napi_env env, napi_callback_info info) {
  std::size_t argument_count = 1;
  napi_value argument = nullptr;
  void* addon_data = nullptr;
  napi_get_cb_info(env, info, &argument_count, &argument, nullptr, &addon_data);
  void* data = nullptr;
  std::size_t size = 0;
  // SAFETY: valid until this function returns. The only JavaScript that runs before, in a worker,
  // is an empty function: nothing can detach, resize or collect the buffer.
  const napi_status status = napi_get_arraybuffer_info(env, argument, &data, &size);
  if (status != napi_ok || data == nullptr || size < sizeof(SelectHeader)) {
    napi_throw_type_error(env, nullptr, "memory must be an ArrayBuffer as lib/waits/select.ts makes it");
    return nullptr;
  }
  auto* header = static_cast<SelectHeader*>(data);
  auto* fds = reinterpret_cast<std::int32_t*>(header + 1);
  const std::size_t capacity = (size - sizeof(SelectHeader)) / (2 * sizeof(std::int32_t));
  sys::FdLists lists{};
  std::size_t used = 0;
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const std::size_t count = static_cast<std::uint32_t>(header->counts[kind]);
    if (count > capacity - used) {
      napi_throw_range_error(env, nullptr, "memory is smaller than its header says");
      return nullptr;
    }
    lists[kind] = {fds + used, count};
    used += count;
  }
  // 2^63 microseconds are beyond every clock: such a time is for ever, like a negative one.
  const bool for_ever = !(header->timeout_us >= 0 && header->timeout_us < 9.2e18);
  auto& addon = *static_cast<Addon*>(addon_data);
  sys::Selector& selector = addon.selector;
  const std::optional<int> selected = addon.termination.Interruptibly(
      env, for_ever ? -1 : static_cast<std::int64_t>(header->timeout_us),
      sys::Deadline::kNanosecondsPerMicrosecond, [&](std::int64_t timeout, bool& interrupted) {
        return selector.Select(lists, timeout, addon.termination.fd(), interrupted);
      });
  if (!selected) return nullptr;
  const int ready = *selected;
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const sys::FdList& list = lists[kind];
    std::int32_t* positions = fds + capacity + (list.fds - fds);
    const std::size_t found =
        ready > 0 && list.count > 0
            ? selector.CollectReady(static_cast<sys::SetKind>(kind), positions)
            : 0;
    header->counts[kind] = static_cast<std::int32_t>(found);
  }
  napi_value returned = nullptr;
  napi_create_int32(env, ready, &returned);
  return returned;
}

}  // namespace

void ExportSelect(Napi::Object exports, Addon* addon) {
  ExportRaw(exports, "select", SelectCall, addon);
}

}  // namespace fdselect::binding
