// The binding functions of signal pipes, which are named by their fd.
#include "../sys/signals.h"

#include <cerrno>
#include <utility>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "uv_signal_pipe.h"

namespace fdselect::binding {

namespace {

// openSignalPipe(signals, hasLibuv): returns the fd to wait for, or -errno.
Napi::Value OpenSignalPipe(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Array list = arguments.Array(0, "signals");
  // An argument, because a runtime without libuv may have functions of the same names that end the
  // process.
  const bool has_libuv = arguments.Int(1, "hasLibuv") != 0;
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
  const int opened =
      has_libuv ? OpenUvSignalPipe(signals, pipe) : sys::OpenSignalPipe(signals, pipe);
  if (opened < 0) return Result(info.Env(), opened);
  const int fd = pipe->fd();
  // If other code has closed the fd of an older pipe, the number is reused: the old pipe ends here.
  AddonOf(info).signal_pipes[fd] = std::move(pipe);
  return Result(info.Env(), fd);
}

// readSignals(fd, numbers): returns how many were written, or -errno.
Napi::Value ReadSignals(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes numbers = arguments.BytesAt(1, "numbers");
  if (arguments.Failed()) return {};
  const auto& pipes = AddonOf(info).signal_pipes;
  const auto found = pipes.find(fd);
  if (found == pipes.end()) return Result(info.Env(), -EBADF);
  return Result(info.Env(), found->second->Read(numbers.data, numbers.size));
}

// keepSignals(fd): installs the pipe's handlers again if other code has replaced them.
Napi::Value KeepSignals(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  const auto& pipes = AddonOf(info).signal_pipes;
  const auto found = pipes.find(fd);
  return Result(info.Env(), found == pipes.end() ? -EBADF : found->second->Keep());
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
  sys::RememberDispositions();
  Export<ReadSignals>(exports, "readSignals", addon);
  Export<KeepSignals>(exports, "keepSignals", addon);
  Export<CloseSignalPipe>(exports, "closeSignalPipe", addon);
}

}  // namespace fdselect::binding
