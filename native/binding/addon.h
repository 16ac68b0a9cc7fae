// The state of one environment (the main thread or a worker), and how functions are exported.
#pragma once

#include <napi.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "../sys/array.h"
#include "../sys/background_lookup.h"
#include "../sys/epoll.h"
#include "../sys/fd_owner.h"
#include "../sys/hidden_terminal.h"
#include "../sys/select.h"
#include "../sys/signals.h"
#include "driver.h"
#include "termination.h"
#include "values.h"

namespace fdselect::binding {

/// One object per environment, made when the environment loads the addon and destroyed with it. So
/// workers share nothing. Members are destroyed in reverse order.
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  /// The fd sets of select(), reused by each call. Two calls cannot overlap: an environment has one
  /// thread, and no JavaScript of a program runs during a call.
  sys::Selector selector;

#ifdef __linux__
  /// The memory that epoll_wait(2) writes to, reused by each call.
  sys::Array<epoll_event> epoll_events;
#endif

  /// Interrupts a wait that blocks a worker when the worker is terminated.
  Termination termination;

  /// The drivers of the asynchronous waits. Each copy of lib/ that shares these exports opens its
  /// own, and names them by their index.
  /// SAFETY: an open driver lives until the environment has run its last JavaScript.
  sys::Array<Driver*> drivers;

  /// The fds that a worker has opened; they are closed when it ends.
  sys::FdOwner fds;

  /// The terminal whose echo getpass() has turned off; restored when the worker ends.
  std::unique_ptr<sys::HiddenTerminal> hidden_terminal;

  /// Lookups by their fd; the rest is given up when the environment ends.
  std::map<int, std::unique_ptr<sys::BackgroundLookup>> lookups;

  /// Open signal pipes by their fd; the rest is closed when the environment ends.
  std::map<int, std::unique_ptr<sys::SignalPipe>> signal_pipes;
};

/// Call it before an fd is closed or replaced by dup2(2): the waiters must not watch it any more.
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
void AddSocketCoreConstants(Napi::Object object);
void ExportSelect(Napi::Object exports, Addon* addon);
void ExportSignals(Napi::Object exports, Addon* addon);
void ExportSocket(Napi::Object exports, Addon* addon);
void ExportSocketIo(Napi::Object exports, Addon* addon);
void ExportTerminal(Napi::Object exports, Addon* addon);
void ExportTermination(Napi::Object exports, Addon* addon);
void ExportTransfer(Napi::Object exports, Addon* addon);
void ExportWaiter(Napi::Object exports, Addon* addon);
void ExportWaker(Napi::Object exports, Addon* addon);

/// Exports `callback` as `name`, with the addon as its data. A free function instead of a method of
/// a wrapped object, because unwrapping `this` costs more than the rest of a call.
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

/// Returns the result of a call that opens an fd; the environment owns the fd from now on.
inline Napi::Value OpenedFd(const Napi::CallbackInfo& info, int result) {
  return Result(info.Env(), AddonOf(info).fds.Add(result));
}

/// The same for two fds, which are written to an array. `result` is 0 or -errno.
inline Napi::Value OpenedPair(const Napi::CallbackInfo& info, int result, Napi::Array out,
                              const std::array<int, 2>& fds) {
  if (result >= 0) {
    AddonOf(info).fds.Add(fds);
    SetPair(out, fds);
  }
  return Result(info.Env(), result);
}

}  // namespace fdselect::binding
