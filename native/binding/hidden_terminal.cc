// A terminal without echo, for getpass(): one at a time, owned by the environment.
#include "../sys/hidden_terminal.h"

#include <csignal>

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// hideInput(fd): the fd that is readable when a signal has come, or -errno.
Napi::Value HideInput(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  auto& hidden = AddonOf(info).hidden_terminal;
  if (hidden != nullptr) return Result(info.Env(), -EBUSY);
  const int opened = sys::HiddenTerminal::Open(fd, hidden);
  return Result(info.Env(), opened < 0 ? opened : hidden->signal_fd());
}

// showInput(): restores the terminal; a signal that has come meanwhile is raised again, and has its
// own effect now. Returns its number where the process goes on after that; 0 where there was none.
Napi::Value ShowInput(const Napi::CallbackInfo& info) {
  auto& hidden = AddonOf(info).hidden_terminal;
  const int signal = hidden == nullptr ? 0 : hidden->TakeSignal();
  hidden.reset();
  // To this thread: it ends or stops the process before raise() returns.
  if (signal != 0) ::raise(signal);
  return Result(info.Env(), signal);
}

}  // namespace

void ExportHiddenTerminal(Napi::Object exports, Addon* addon) {
  Export<HideInput>(exports, "hideInput", addon);
  Export<ShowInput>(exports, "showInput", addon);
}

}  // namespace fdselect::binding
