// epoll(7): createEpoll(), controlEpoll() and waitEpoll() (Linux).
#include "../sys/epoll.h"

#include "addon.h"
#include "arguments.h"

#ifdef __linux__

#include <poll.h>

#include <cerrno>
#include <optional>

#include "../sys/poll.h"
#include "wait_memory.h"

namespace fdselect::binding {

namespace {

// createEpoll(): the fd, or -errno.
Napi::Value Create(const Napi::CallbackInfo& info) { return OpenedFd(info, sys::EpollCreate()); }

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

/// The upper half of the data of a worker's termination fd in a program's epoll set: it tells that
/// fd from the program's own.
constexpr std::uint64_t kTermination = 0x6664'7365'6c65'6374U & ~0xffff'ffffULL;

constexpr std::uint64_t TerminationData(int fd) {
  return kTermination | static_cast<std::uint32_t>(fd);
}

// Removes the events of workers' termination fds. Returns how many events remain. `own` is the data
// of the calling worker's fd, or 0; if it is among the events, sets `interrupted`.
int WithoutTerminations(epoll_event* events, int count, std::uint64_t own, bool& interrupted) {
  int kept = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event event = events[i];
    if ((event.data.u64 & ~0xffff'ffffULL) != kTermination) {
      events[kept++] = event;
    } else if (event.data.u64 == own) {
      interrupted = true;
    }
  }
  return kept;
}

/// A wait for the events of a program's epoll set.
struct EpollCall {
  int epoll_fd;
  epoll_event* events;
  std::size_t limit;
  std::int32_t* restarts;

  // As epoll_wait(2), without the events of workers' termination fds.
  int Wait(std::int64_t timeout_ms, std::uint64_t own, bool& interrupted) const {
    const auto deadline =
        timeout_ms > 0 ? sys::Deadline::AfterMilliseconds(timeout_ms) : sys::Deadline::Never();
    for (auto left_ms = static_cast<int>(timeout_ms);;) {
      const int found = sys::EpollWait(epoll_fd, events, limit, left_ms, restarts);
      if (found <= 0) return found;
      const int kept = WithoutTerminations(events, found, own, interrupted);
      if (kept > 0 || interrupted || timeout_ms == 0) return kept;
      // It was only another worker's termination fd, which that worker removes at once.
      if (deadline.HasPassed()) return 0;
      if (timeout_ms > 0) left_ms = deadline.RemainingMilliseconds();
    }
  }

  // In a worker. epoll_wait(2) cannot watch a second fd, so the worker's termination fd is added to
  // the program's set during the wait. Waiting in poll(2) would be simpler, but EPOLLEXCLUSIVE
  // works only for threads in epoll_wait(2): with poll(2) every worker would wake up.
  int WaitInWorker(const Termination& termination, std::int64_t timeout_ms,
                   bool& interrupted) const {
    const int ready = Wait(0, 0, interrupted);
    if (ready != 0 || timeout_ms == 0) return ready;
    const std::uint64_t own = TerminationData(termination.fd());
    const int added = sys::EpollControl(epoll_fd, EPOLL_CTL_ADD, termination.fd(), EPOLLIN, own);
    // ELOOP, EINVAL: epoll sets are nested too deeply, or this one is nested in our loop's set.
    if (added < 0) return PollInWorker(termination, timeout_ms, interrupted);
    const int found = Wait(timeout_ms, own, interrupted);
    sys::EpollControl(epoll_fd, EPOLL_CTL_DEL, termination.fd(), 0);  // fails if it was closed
    return found;
  }

  int PollInWorker(const Termination& termination, std::int64_t timeout_ms,
                   bool& interrupted) const {
    pollfd entries[] = {{epoll_fd, POLLIN, 0}, {termination.fd(), POLLIN, 0}};
    const int found = sys::Poll(entries, 2, static_cast<int>(timeout_ms), restarts);
    if (found <= 0) return found;
    interrupted = entries[1].revents != 0;
    return Wait(0, 0, interrupted);
  }
};

// waitEpoll(memory): returns how many events were written, or -errno.
napi_value Wait(napi_env env, napi_callback_info info) {
  WaitMemory<EpollHeader> memory;
  if (!memory.Take(env, info)) return nullptr;
  EpollHeader& header = *memory.header;
  const std::size_t limit = static_cast<std::uint32_t>(header.limit);
  if (limit > memory.rest / sizeof(ReadyFd)) return TooSmall(env);
  auto& events = memory.addon->epoll_events;
  if (events.size() < limit && !events.Resize(limit)) return ToNumber(env, -ENOMEM);
  const EpollCall call{header.epoll_fd, events.data(), limit, &header.restarts};
  Termination& termination = memory.addon->termination;
  const std::optional<int> result =
      termination.Interruptibly(env, header.timeout, sys::Deadline::kNanosecondsPerMillisecond,
                                [&](std::int64_t timeout_ms, bool& interrupted) {
                                  if (termination.fd() < 0)
                                    return call.Wait(timeout_ms, 0, interrupted);
                                  return call.WaitInWorker(termination, timeout_ms, interrupted);
                                });
  if (!result) return nullptr;
  auto* const ready = memory.Elements<ReadyFd>();
  for (int i = 0; i < *result; ++i) {
    ready[i] = {static_cast<std::int32_t>(call.events[i].data.u64), call.events[i].events};
  }
  return ToNumber(env, *result);
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
