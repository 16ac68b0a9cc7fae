// Signal pipes: opened and closed by number, owned by the environment.
#include "../sys/signals.h"

#include <utility>
#include <vector>

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// openSignalPipe(signals): returns the fd to read from, or -errno.
Napi::Value OpenSignalPipe(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Array list = arguments.Array(0, "signals");
  if (arguments.Failed()) return {};
  std::vector<int> signals;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value signal = GetElement(list, i);
    if (!signal.IsNumber()) {
      arguments.FailType("signals", "an array of numbers");
      return {};
    }
    signals.push_back(signal.As<Napi::Number>().Int32Value());
  }
  std::unique_ptr<sys::SignalPipe> pipe;
  const int opened = sys::SignalPipe::Open(signals, pipe);
  if (opened < 0) return Result(info.Env(), opened);
  const int fd = pipe->fd();
  // Should somebody have closed the fd of an older pipe behind its back, that one goes now.
  AddonOf(info).signal_pipes[fd] = std::move(pipe);
  return Result(info.Env(), fd);
}

// closeSignalPipe(fd)
Napi::Value CloseSignalPipe(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  AddonOf(info).signal_pipes.erase(fd);
  return Result(info.Env(), 0);
}

}  // namespace

void ExportSignals(Napi::Object exports, Addon* addon) {
  Export<OpenSignalPipe>(exports, "openSignalPipe", addon);
  Export<CloseSignalPipe>(exports, "closeSignalPipe", addon);
}

}  // namespace fdselect::binding
