// Interrupts a wait that blocks a worker when the worker is terminated (Node on Linux).
#include "termination.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "../sys/epoll.h"
#include "../sys/poll.h"
#include "addon.h"
#include "arguments.h"
#include "libuv.h"

namespace fdselect::binding {

#ifdef __linux__

int Termination::Watch(napi_env env, napi_value probe) {
  uv_loop_s* loop = nullptr;
  if (fd_ || napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOSYS;
  const auto own_loop = reinterpret_cast<UvLoop*>(loop);
  // The main thread cannot be terminated.
  if (LibUv::IsDefault(own_loop)) return -ENOSYS;
  const auto uv = LibUv::Find();
  if (!uv) return -ENOSYS;
  sys::OwnedFd set(sys::EpollCreate());
  if (!set) return set.error();
  loop_fd_ = uv->backend_fd(own_loop);
  const int added = sys::EpollControl(set.get(), EPOLL_CTL_ADD, loop_fd_, EPOLLIN | EPOLLET);
  if (added < 0) return added;
  if (napi_create_reference(env, probe, 1, &probe_) != napi_ok) return -ENOMEM;
  fd_ = std::move(set);
  return 0;
}

bool Termination::IsTerminating(napi_env env) {
  epoll_event event{};
  sys::EpollWait(fd_.get(), &event, 1, 0);  // takes the edge, if there is one
  was_signalled_ = true;
  // The scope frees the handles at once: a long wait asks ten times a second.
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return is_terminating_ = true;
  napi_value probe = nullptr;
  napi_value global = nullptr;
  const bool is_alive = napi_get_reference_value(env, probe_, &probe) == napi_ok &&
                        napi_get_global(env, &global) == napi_ok &&
                        napi_call_function(env, global, probe, 0, nullptr, nullptr) == napi_ok;
  napi_close_handle_scope(env, scope);
  return is_terminating_ = !is_alive;
}

// Whether the loop has not run since its signal has interrupted a wait.
bool Termination::IsSignalled() {
  was_signalled_ = was_signalled_ && sys::WaitFor(loop_fd_, POLLIN, 0) > 0;
  return was_signalled_;
}

#else

int Termination::Watch(napi_env /*env*/, napi_value /*probe*/) { return -ENOSYS; }

bool Termination::IsTerminating(napi_env /*env*/) { return false; }

bool Termination::IsSignalled() { return false; }

#endif  // __linux__

namespace {

// watchTermination(probe): returns 0 or -errno.
Napi::Value WatchTermination(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Value probe = info[0];
  if (!probe.IsFunction()) arguments.FailType("probe", "a function");
  if (arguments.Failed()) return {};
  return Result(info.Env(), AddonOf(info).termination.Watch(info.Env(), probe));
}

}  // namespace

void ExportTermination(Napi::Object exports, Addon* addon) {
  Export<WatchTermination>(exports, "watchTermination", addon);
}

}  // namespace fdselect::binding
