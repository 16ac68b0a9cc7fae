// The layout of the memory that select, poll and epoll share with JavaScript: an ArrayBuffer per
// object.
//
//   select   SelectHeader | int32 fds[capacity] | int32 positions[capacity]
//   poll     PollHeader   | pollfd[capacity]    | ReadyEntry[capacity]
//   epoll    EpollHeader  | ReadyFd[capacity]
//
// The capacity follows from the size of the buffer. lib/native/wait-memory.ts describes the same
// layouts for JavaScript. The buffer is an argument of each call: that is as quick as keeping a
// pointer to it (measured), and no pointer can become stale.
#pragma once

#include <node_api.h>
#include <poll.h>

#include <cstddef>
#include <cstdint>

#include "../sys/poll.h"
#include "../sys/select.h"
#include "addon.h"

namespace fdselect::binding {

/// The three lists of fds follow one another. The positions of a list's ready fds are written to
/// the second half, at the same place as the list in the first.
struct SelectHeader {
  double timeout_us;                    // negative: for ever
  std::int32_t counts[sys::kSetKinds];  // in: the lengths of the lists; out: how many are ready
  std::int32_t restarts;                // how often it was repeated after a signal; or kNotAsked
};

struct PollHeader {
  std::int32_t count;     // entries in use
  std::int32_t timeout;   // milliseconds; negative: for ever
  std::int32_t start;     // in: the entry to report first; out: where the next call starts
  std::int32_t limit;     // the most ready entries to write
  std::int32_t restarts;  // how often it was repeated after a signal
  std::int32_t unused;
  pollfd termination;  // used by the addon in a worker; must be just before the first entry
};

struct EpollHeader {
  std::int32_t epoll_fd;
  std::int32_t timeout;   // milliseconds; negative: for ever
  std::int32_t limit;     // the most events to write
  std::int32_t restarts;  // how often it was repeated after a signal
};

struct ReadyFd {
  std::int32_t fd;
  std::uint32_t events;
};

static_assert(sizeof(SelectHeader) == 24 && sizeof(PollHeader) == 32 && sizeof(EpollHeader) == 16 &&
                  sizeof(pollfd) == 8 && sizeof(sys::ReadyEntry) == 8 && sizeof(ReadyFd) == 8,
              "lib/native/wait-memory.ts has these sizes");

/// The only argument of a wait. These functions use Node-API without node-addon-api: a poll() of
/// one fd takes about 150 ns, and the wrapper would be a tenth of it.
template <class Header>
struct WaitMemory {
  Addon* addon = nullptr;
  Header* header = nullptr;
  std::size_t rest = 0;  // bytes after the header

  /// False if the argument is not such memory: then an exception is pending.
  bool Take(napi_env env, napi_callback_info info) {
    std::size_t argument_count = 1;
    napi_value argument = nullptr;
    void* data = nullptr;
    void* addon_data = nullptr;
    std::size_t size = 0;
    // SAFETY: valid until the function returns. The only JavaScript that may run before is the
    // empty function of Termination: nothing can detach, resize or collect the buffer.
    if (napi_get_cb_info(env, info, &argument_count, &argument, nullptr, &addon_data) != napi_ok ||
        napi_get_arraybuffer_info(env, argument, &data, &size) != napi_ok || data == nullptr ||
        size < sizeof(Header)) {
      napi_throw_type_error(env, nullptr, "memory must be an ArrayBuffer made by lib/waits");
      return false;
    }
    addon = static_cast<Addon*>(addon_data);
    header = static_cast<Header*>(data);
    rest = size - sizeof(Header);
    return true;
  }

  /// What follows the header.
  template <class Element>
  Element* Elements() const {
    return reinterpret_cast<Element*>(header + 1);
  }
};

inline napi_value TooSmall(napi_env env) {
  napi_throw_range_error(env, nullptr, "memory is smaller than its header says");
  return nullptr;
}

inline napi_value ToNumber(napi_env env, int value) {
  napi_value returned = nullptr;
  napi_create_int32(env, value, &returned);  // if it fails, nullptr: undefined in JavaScript
  return returned;
}

}  // namespace fdselect::binding
