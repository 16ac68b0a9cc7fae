// What one environment (the main thread or a worker) owns, and how its functions are exported.
#pragma once

#include <napi.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "../sys/array.h"
#include "../sys/epoll.h"
#include "../sys/fd_owner.h"
#include "../sys/hidden_terminal.h"
#include "../sys/select.h"
#include "../sys/signals.h"
#include "driver.h"
#include "termination.h"
#include "values.h"

namespace fdselect::binding {

/// One for each environment, made when it loads the addon and destroyed with it; so nothing is
/// shared between workers. Members are destroyed in the reverse of their order.
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  /// select()'s sets, whose memory each call uses again. No call can meet another one in here:
  /// an environment has one thread, and no JavaScript runs in the middle of a call.
  sys::Selector selector;

#ifdef __linux__
  /// What epoll_wait(2) writes to; used again by each call.
  sys::Array<epoll_event> epoll_events;
#endif

  /// By what a wait that blocks a worker can be ended.
  Termination termination;

  /// What waits for the waits that do not block. Each copy of lib/ that shares these exports opens
  /// drivers of its own, and knows them by their place.
  /// SAFETY: an open driver lives until its environment's last JavaScript has run.
  sys::Array<Driver*> drivers;

  /// The fds that were opened in a worker and go with it.
  sys::FdOwner fds;

  /// The terminal that getpass() has hidden; one that a worker leaves hidden is restored with it.
  std::unique_ptr<sys::HiddenTerminal> hidden_terminal;

  /// Open signal pipes by their fd; what is left when the environment ends closes with it.
  std::map<int, std::unique_ptr<sys::SignalPipe>> signal_pipes;
};

/// To be called before an fd is closed, or dup2(2) replaces what it stands for.
void ForgetFd(Addon& addon, int fd);

// One function for each file of this folder that exports something.
void ExportConstants(Napi::Env env, Napi::Object exports);
void ExportControl(Napi::Object exports, Addon* addon);
void ExportEpoll(Napi::Object exports, Addon* addon);
void ExportEventFd(Napi::Object exports, Addon* addon);
void ExportFile(Napi::Object exports, Addon* addon);
void ExportHiddenTerminal(Napi::Object exports, Addon* addon);
void ExportInotify(Napi::Object exports, Addon* addon);
void ExportIo(Napi::Object exports, Addon* addon);
void ExportMessage(Napi::Object exports, Addon* addon);
void ExportLate(Napi::Object exports, Addon* addon);
void ExportModuleConstants(Napi::Object exports, Addon* addon);
void ExportPoll(Napi::Object exports, Addon* addon);
void ExportProcess(Napi::Object exports, Addon* addon);
void ExportResolve(Napi::Object exports, Addon* addon);
void AddSocketConstants(Napi::Object object);
void ExportSelect(Napi::Object exports, Addon* addon);
void ExportSignals(Napi::Object exports, Addon* addon);
void ExportSocket(Napi::Object exports, Addon* addon);
void ExportSocketIo(Napi::Object exports, Addon* addon);
void ExportTerminal(Napi::Object exports, Addon* addon);
void ExportTermination(Napi::Object exports, Addon* addon);
void ExportTransfer(Napi::Object exports, Addon* addon);
void ExportWaiter(Napi::Object exports, Addon* addon);
void ExportWaker(Napi::Object exports, Addon* addon);

/// Exports `callback` as `name`. A free function with the addon as its data, not a method of a
/// wrapped object: unwrapping `this` would cost more than all the rest of a call.
void ExportRaw(Napi::Object exports, const char* name, napi_callback callback, Addon* addon);

/// The same for a function that is written with node-addon-api.
template <Napi::Value (*callback)(const Napi::CallbackInfo&)>
void Export(Napi::Object exports, const char* name, Addon* addon) {
  constexpr napi_callback kRaw = [](napi_env env, napi_callback_info info) -> napi_value {
    return callback(Napi::CallbackInfo(env, info));
  };
  ExportRaw(exports, name, kRaw, addon);
}

inline Addon& AddonOf(const Napi::CallbackInfo& info) { return *static_cast<Addon*>(info.Data()); }

/// The result of a function that has opened an fd: the environment owns it from now on.
inline Napi::Value OpenedFd(const Napi::CallbackInfo& info, int result) {
  return Result(info.Env(), AddonOf(info).fds.Add(result));
}

/// The same for two fds, which go to the elements of an array. `result` is 0 or -errno.
inline Napi::Value OpenedPair(const Napi::CallbackInfo& info, int result, Napi::Array out,
                              const std::array<int, 2>& fds) {
  if (result >= 0) {
    AddonOf(info).fds.Add(fds);
    SetPair(out, fds);
  }
  return Result(info.Env(), result);
}

}  // namespace fdselect::binding
