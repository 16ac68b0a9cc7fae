// The binding functions of inotify(7).
#include "../sys/inotify.h"

#include "addon.h"
#include "arguments.h"
#include "paths.h"

namespace fdselect::binding {

namespace {

// inotifyInit(flags)
Napi::Value Init(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int flags = arguments.Int(0, "flags");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::InotifyInit(flags));
}

// inotifyAddWatch(fd, path as bytes, mask)
Napi::Value AddWatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Path path(arguments, 1);
  const auto mask = static_cast<std::uint32_t>(arguments.Long(2, "mask"));
  if (arguments.Failed()) return {};
  if (!path.fits()) return Result(info.Env(), -ENAMETOOLONG);
  return Result(info.Env(), sys::InotifyAddWatch(fd, path.text(), mask));
}

// inotifyRmWatch(fd, wd)
Napi::Value RemoveWatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int watch = arguments.Int(1, "wd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::InotifyRemoveWatch(fd, watch));
}

}  // namespace

void ExportInotify(Napi::Object exports, Addon* addon) {
  Export<Init>(exports, "inotifyInit", addon);
  Export<AddWatch>(exports, "inotifyAddWatch", addon);
  Export<RemoveWatch>(exports, "inotifyRmWatch", addon);
}

}  // namespace fdselect::binding
