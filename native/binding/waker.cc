// The binding functions of wakers, which are named by their fd.
#include "../sys/waker.h"

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// openWaker(): returns the fd, or -errno.
Napi::Value Open(const Napi::CallbackInfo& info) { return OpenedFd(info, sys::WakerOpen()); }

// wakeWaker(fd)
Napi::Value Wake(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::WakerWake(fd));
}

// clearWaker(fd)
Napi::Value Clear(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::WakerClear(fd));
}

}  // namespace

void ExportWaker(Napi::Object exports, Addon* addon) {
  Export<Open>(exports, "openWaker", addon);
  Export<Wake>(exports, "wakeWaker", addon);
  Export<Clear>(exports, "clearWaker", addon);
}

}  // namespace fdselect::binding
