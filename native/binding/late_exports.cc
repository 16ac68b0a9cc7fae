// The functions that only some modules of lib/ need: exported when the first of them is imported,
// as to make them all would be a tenth of the addon's load time.
#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// exportFiles(exports): adds the functions of fdselect/os, io, fcntl, tty and linux.
Napi::Value ExportFiles(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  if (!info[0].IsObject()) arguments.FailType("exports", "an object");
  if (arguments.Failed()) return {};
  Napi::Object exports = info[0].As<Napi::Object>();
  Addon* addon = &AddonOf(info);
  ExportControl(exports, addon);
  ExportEventFd(exports, addon);
  ExportFile(exports, addon);
  ExportHiddenTerminal(exports, addon);
  ExportInotify(exports, addon);
  ExportProcess(exports, addon);
  ExportTerminal(exports, addon);
  return Result(info.Env(), 0);
}

}  // namespace

void ExportLate(Napi::Object exports, Addon* addon) {
  Export<ExportFiles>(exports, "exportFiles", addon);
}

}  // namespace fdselect::binding
