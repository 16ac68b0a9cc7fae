// epoll: control, and a wait whose whole exchange is one ArrayBuffer, which lib/waits/epoll.ts lays out.
//
//   EpollHeader | ReadyFd[capacity]
#include "../sys/epoll.h"

#include "addon.h"
#include "arguments.h"

#ifdef __linux__

#include <poll.h>

#include <optional>

#include "../sys/poll.h"

namespace fdselect::binding {

namespace {

struct EpollHeader {
  std::int32_t epoll_fd;
  std::int32_t timeout;    // milliseconds; negative: for ever
  std::int32_t limit;      // how many events to write at the most
  std::int32_t unchanged;  // out: 1 if the events are those of the call before
};

struct ReadyFd {
  std::int32_t fd;
  std::uint32_t events;
};

static_assert(sizeof(EpollHeader) == 16 && sizeof(ReadyFd) == 8, "lib/waits/epoll.ts computes these");

// createEpoll(): the fd, or -errno.
Napi::Value Create(const Napi::CallbackInfo& info) {
  return OpenedFd(info, sys::EpollCreate());
}

// controlEpoll(epollFd, operation, fd, events); operation: 0 add, 1 modify, 2 delete
Napi::Value Control(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int epoll_fd = arguments.Int(0, "epollFd");
  const int operation = arguments.Int(1, "operation");
  const int fd = arguments.Int(2, "fd");
  const auto events = static_cast<std::uint32_t>(arguments.Int(3, "events"));
  constexpr int kOperations[] = {EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL};
  if (operation < 0 || operation >= 3) arguments.FailRange("operation");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::EpollControl(epoll_fd, kOperations[operation], fd, events));
}

// A wait in a worker: epoll_wait(2) takes no second fd to watch, so poll(2) sleeps instead.
int WaitBesides(const Termination& termination, const EpollHeader& header,
                std::vector<epoll_event>& events, std::int64_t timeout, bool& interrupted) {
  const auto limit = static_cast<std::size_t>(header.limit);
  const int ready = sys::EpollWait(header.epoll_fd, events.data(), limit, 0);
  if (ready != 0 || timeout == 0) return ready;
  pollfd entries[] = {{header.epoll_fd, POLLIN, 0}, {termination.fd(), POLLIN, 0}};
  const int found = sys::Poll(entries, 2, static_cast<int>(timeout));
  if (found <= 0) return found;
  interrupted = entries[1].revents != 0;
  return sys::EpollWait(header.epoll_fd, events.data(), limit, 0);
}

// Writes the events for JavaScript; returns whether the same ones stood there before.
bool CopyEvents(const std::vector<epoll_event>& events, std::size_t count, ReadyFd* ready) {
  std::uint32_t difference = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto fd = static_cast<std::int32_t>(events[i].data.u64);
    const std::uint32_t mask = events[i].events;
    difference |= static_cast<std::uint32_t>(ready[i].fd ^ fd) | (ready[i].events ^ mask);
    ready[i] = {fd, mask};
  }
  return difference == 0;
}

// waitEpoll(memory): how many events were written, or -errno. Without node-addon-api, like poll().
napi_value Wait(napi_env env, napi_callback_info info) {
  std::size_t argument_count = 1;
  napi_value argument = nullptr;
  void* addon_data = nullptr;
  napi_get_cb_info(env, info, &argument_count, &argument, nullptr, &addon_data);
  void* data = nullptr;
  std::size_t size = 0;
  // SAFETY: valid until this function returns. The only JavaScript that runs before, in a worker,
  // is an empty function: nothing can detach, resize or collect the buffer.
  const napi_status status = napi_get_arraybuffer_info(env, argument, &data, &size);
  if (status != napi_ok || data == nullptr || size < sizeof(EpollHeader)) {
    napi_throw_type_error(env, nullptr, "memory must be an ArrayBuffer as lib/waits/epoll.ts makes it");
    return nullptr;
  }
  auto* header = static_cast<EpollHeader*>(data);
  const std::size_t capacity = (size - sizeof(EpollHeader)) / sizeof(ReadyFd);
  const std::size_t limit = static_cast<std::uint32_t>(header->limit);
  if (limit > capacity) {
    napi_throw_range_error(env, nullptr, "memory is smaller than its header says");
    return nullptr;
  }
  auto& addon = *static_cast<Addon*>(addon_data);
  auto& events = addon.epoll_events;
  if (events.size() < limit) events.resize(limit);
  const std::optional<int> result = addon.termination.Interruptibly(
      env, header->timeout, sys::Deadline::kNanosecondsPerMillisecond,
      [&](std::int64_t timeout, bool& interrupted) {
        if (addon.termination.fd() >= 0) {
          return WaitBesides(addon.termination, *header, events, timeout, interrupted);
        }
        return sys::EpollWait(header->epoll_fd, events.data(), limit, static_cast<int>(timeout));
      });
  if (!result) return nullptr;
  if (*result > 0) {
    const auto count = static_cast<std::size_t>(*result);
    header->unchanged = CopyEvents(events, count, reinterpret_cast<ReadyFd*>(header + 1)) ? 1 : 0;
  }
  napi_value returned = nullptr;
  napi_create_int32(env, *result, &returned);
  return returned;
}

}  // namespace

void ExportEpoll(Napi::Object exports, Addon* addon) {
  Export<Create>(exports, "createEpoll", addon);
  Export<Control>(exports, "controlEpoll", addon);
  ExportRaw(exports, "waitEpoll", Wait, addon);
}

}  // namespace fdselect::binding

#else

namespace fdselect::binding {

void ExportEpoll(Napi::Object /*exports*/, Addon* /*addon*/) {}

}  // namespace fdselect::binding

#endif  // __linux__
