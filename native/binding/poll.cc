// poll(memory): the whole exchange is one ArrayBuffer, which lib/waits/poll.ts lays out and fills.
//
//   PollHeader | pollfd | pollfd[capacity] | ReadyEntry[capacity]
//
// The entry before the first one is free for the fd that ends a wait in a worker.
//
// The capacity follows from the size. Passing the buffer in each call is as quick as keeping a
// pointer to it (measured), and leaves no pointer behind that JavaScript could make stale.
#include "../sys/poll.h"

#include <optional>

#include "addon.h"

namespace fdselect::binding {

namespace {

struct PollHeader {
  std::int32_t count;      // entries in use
  std::int32_t timeout;    // milliseconds; negative: for ever
  std::int32_t start;      // in: the entry to report first; out: where the next call goes on
  std::int32_t limit;      // how many ready entries to write at the most
  std::int32_t unchanged;  // out: 1 if the ready entries are those of the call before
  std::int32_t unused;
  pollfd termination;
};

static_assert(sizeof(PollHeader) == 32 && sizeof(pollfd) == 8 && sizeof(sys::ReadyEntry) == 8,
              "lib/waits/poll.ts computes these offsets");

// Waits with poll(2), in a worker also for its termination; nothing when that comes.
std::optional<int> Wait(napi_env env, Termination& termination, PollHeader& header, pollfd* entries,
                        std::size_t count) {
  if (termination.fd() < 0) return sys::Poll(entries, count, header.timeout);
  return termination.Interruptibly(env, header.timeout, sys::Deadline::kNanosecondsPerMillisecond,
                                   [&](std::int64_t timeout, bool& interrupted) {
                                     header.termination = {termination.fd(), POLLIN, 0};
                                     const int result = sys::Poll(&header.termination, count + 1,
                                                                  static_cast<int>(timeout));
                                     interrupted = result > 0 && header.termination.revents != 0;
                                     return interrupted ? result - 1 : result;
                                   });
}

// Returns the number of ready entries written, or -errno. The one function that speaks Node-API
// without node-addon-api: a poll() of one fd costs about 150 ns, of which the wrapper would be a
// tenth.
napi_value PollCall(napi_env env, napi_callback_info info) {
  std::size_t argument_count = 1;
  napi_value argument = nullptr;
  void* addon = nullptr;
  napi_get_cb_info(env, info, &argument_count, &argument, nullptr, &addon);
  void* data = nullptr;
  std::size_t size = 0;
  // SAFETY: valid until this function returns. The only JavaScript that runs before, in a worker,
  // is an empty function: nothing can detach, resize or collect the buffer.
  const napi_status status = napi_get_arraybuffer_info(env, argument, &data, &size);
  if (status != napi_ok || data == nullptr || size < sizeof(PollHeader)) {
    napi_throw_type_error(env, nullptr, "memory must be an ArrayBuffer as lib/waits/poll.ts makes it");
    return nullptr;
  }
  auto* header = static_cast<PollHeader*>(data);
  auto* entries = reinterpret_cast<pollfd*>(header + 1);
  const std::size_t capacity =
      (size - sizeof(PollHeader)) / (sizeof(pollfd) + sizeof(sys::ReadyEntry));
  const std::size_t count = static_cast<std::uint32_t>(header->count);
  const std::size_t limit = static_cast<std::uint32_t>(header->limit);
  if (count > capacity || limit > capacity) {
    napi_throw_range_error(env, nullptr, "memory is smaller than its header says");
    return nullptr;
  }
  const std::optional<int> polled =
      Wait(env, static_cast<Addon*>(addon)->termination, *header, entries, count);
  if (!polled) return nullptr;
  int result = *polled;
  if (result > 0) {
    const auto ready = static_cast<std::size_t>(result);
    auto* entries_ready = reinterpret_cast<sys::ReadyEntry*>(entries + capacity);
    const std::size_t start = static_cast<std::uint32_t>(header->start);
    const sys::Collected collected =
        sys::CollectReady(entries, count, ready, start, limit, entries_ready);
    header->start = ready <= limit ? 0 : static_cast<std::int32_t>(collected.next);
    header->unchanged = collected.unchanged ? 1 : 0;
    result = static_cast<int>(collected.count);
  }
  napi_value returned = nullptr;
  napi_create_int32(env, result, &returned);
  return returned;
}

}  // namespace

void ExportPoll(Napi::Object exports, Addon* addon) { ExportRaw(exports, "poll", PollCall, addon); }

}  // namespace fdselect::binding
