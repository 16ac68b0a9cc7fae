// poll(memory): the whole exchange is one ArrayBuffer, which lib/poll.ts lays out and fills.
//
//   PollHeader | pollfd[capacity] | (fd, revents)[capacity] as pairs of int32
//
// The capacity follows from the size. Passing the buffer in each call is as quick as keeping a
// pointer to it (measured), and leaves no pointer behind that JavaScript could make stale.
#include "../sys/poll.h"

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

struct PollHeader {
  std::int32_t count;    // entries in use
  std::int32_t timeout;  // milliseconds; negative: for ever
  std::int32_t start;    // in: the entry to report first; out: where the next call goes on
  std::int32_t limit;    // how many pairs to write at the most
};

struct ReadyPair {
  std::int32_t fd;
  std::int32_t revents;
};

static_assert(sizeof(PollHeader) == 16 && sizeof(pollfd) == 8 && sizeof(ReadyPair) == 8,
              "lib/poll.ts computes these offsets");

// Returns the number of pairs written, or -errno.
Napi::Value Poll(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Bytes memory = arguments.Memory(0, sizeof(PollHeader), "memory");
  if (arguments.Failed()) return {};
  auto* header = reinterpret_cast<PollHeader*>(memory.data);
  auto* entries = reinterpret_cast<pollfd*>(memory.data + sizeof(PollHeader));
  const std::size_t capacity =
      (memory.size - sizeof(PollHeader)) / (sizeof(pollfd) + sizeof(ReadyPair));
  const auto count = static_cast<std::size_t>(static_cast<std::uint32_t>(header->count));
  const auto limit = static_cast<std::size_t>(static_cast<std::uint32_t>(header->limit));
  if (count > capacity || limit > capacity) {
    arguments.FailRange("memory");
    return {};
  }
  const int reported = sys::Poll(entries, count, header->timeout);
  if (reported <= 0) return Result(info.Env(), reported);
  const auto ready = static_cast<std::size_t>(reported);
  auto* pairs = reinterpret_cast<std::int32_t*>(entries + capacity);
  const auto start = static_cast<std::size_t>(static_cast<std::uint32_t>(header->start));
  const std::size_t next = sys::CollectReady(entries, count, ready, start, limit, pairs);
  const bool all_fit = ready <= limit;
  header->start = all_fit ? 0 : static_cast<std::int32_t>(next);
  return Result(info.Env(), static_cast<std::int32_t>(all_fit ? ready : limit));
}

}  // namespace

void ExportPoll(Napi::Object exports, Addon* addon) { Export<Poll>(exports, "poll", addon); }

}  // namespace fdselect::binding
