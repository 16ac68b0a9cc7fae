// Turns a terminal's echo off and on, for getpass(): one terminal at a time.
#include "../sys/hidden_terminal.h"

#include <csignal>

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// hideInput(fd): returns an fd that becomes readable when a signal has arrived, or -errno.
Napi::Value HideInput(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  auto& hidden = AddonOf(info).hidden_terminal;
  if (hidden != nullptr) return Result(info.Env(), -EBUSY);
  const int opened = sys::HiddenTerminal::Open(fd, hidden);
  return Result(info.Env(), opened < 0 ? opened : hidden->signal_fd());
}

// showInput(): restores the terminal. A signal that arrived meanwhile is raised again, now with its
// normal effect. If the process continues, returns the signal's number; 0 if no signal arrived.
Napi::Value ShowInput(const Napi::CallbackInfo& info) {
  auto& hidden = AddonOf(info).hidden_terminal;
  const int signal = hidden == nullptr ? 0 : hidden->TakeSignal();
  hidden.reset();
  // raise() signals this thread: the process ends or stops before it returns.
  if (signal != 0) ::raise(signal);
  return Result(info.Env(), signal);
}

}  // namespace

void ExportHiddenTerminal(Napi::Object exports, Addon* addon) {
  Export<HideInput>(exports, "hideInput", addon);
  Export<ShowInput>(exports, "showInput", addon);
}

}  // namespace fdselect::binding
