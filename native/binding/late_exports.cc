// Exports the functions that only some modules of lib/ need, when the first of these modules is
// imported: they would take a tenth of the addon's load time.
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
