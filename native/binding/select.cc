// select(memory): the whole exchange is one ArrayBuffer, which lib/select.ts lays out and fills.
//
//   SelectHeader | int32 fds[capacity] | int32 positions[capacity]
//
// The three lists of fds follow one another. The positions of a list's ready fds come back in
// the second half, at the place where the list stands in the first.
#include "../sys/select.h"

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

struct SelectHeader {
  double timeout_us;                    // negative: for ever
  std::int32_t counts[sys::kSetKinds];  // in: the lengths of the lists; out: how many ready
  std::int32_t unused;
};

static_assert(sizeof(SelectHeader) == 24, "lib/select.ts computes these offsets");

// Returns the number of ready fds, or -errno.
Napi::Value Select(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Bytes memory = arguments.Memory(0, sizeof(SelectHeader), "memory");
  if (arguments.Failed()) return {};
  auto* header = reinterpret_cast<SelectHeader*>(memory.data);
  auto* fds = reinterpret_cast<std::int32_t*>(memory.data + sizeof(SelectHeader));
  const std::size_t capacity = (memory.size - sizeof(SelectHeader)) / (2 * sizeof(std::int32_t));
  sys::FdLists lists{};
  std::size_t used = 0;
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const auto count = static_cast<std::size_t>(static_cast<std::uint32_t>(header->counts[kind]));
    if (count > capacity - used) {
      arguments.FailRange("memory");
      return {};
    }
    lists[kind] = {fds + used, count};
    used += count;
  }
  // 2^63 microseconds are beyond every clock: such a time is for ever, like a negative one.
  const bool for_ever = !(header->timeout_us >= 0 && header->timeout_us < 9.2e18);
  sys::Selector& selector = AddonOf(info).selector;
  const int ready =
      selector.Select(lists, for_ever ? -1 : static_cast<std::int64_t>(header->timeout_us));
  for (std::size_t kind = 0; kind < sys::kSetKinds; ++kind) {
    const sys::FdList& list = lists[kind];
    std::int32_t* positions = fds + capacity + (list.fds - fds);
    const std::size_t found =
        ready > 0 ? selector.CollectReady(static_cast<sys::SetKind>(kind), list, positions) : 0;
    header->counts[kind] = static_cast<std::int32_t>(found);
  }
  return Result(info.Env(), ready);
}

}  // namespace

void ExportSelect(Napi::Object exports, Addon* addon) { Export<Select>(exports, "select", addon); }

}  // namespace fdselect::binding
