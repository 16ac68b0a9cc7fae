// Exports the functions that `import 'fdselect'` does not need, when the first module that needs
// them is imported: to make them took about a fifth of the addon's load time.
#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// exportRest(exports): adds the functions of sockets, signals, files and terminals.
Napi::Value ExportRest(const Napi::CallbackInfo& info) {
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
  ExportMessage(exports, addon);
  ExportProcess(exports, addon);
  ExportResolve(exports, addon);
  ExportSignals(exports, addon);
  ExportSocket(exports, addon);
  ExportSocketIo(exports, addon);
  ExportTerminal(exports, addon);
  return Result(info.Env(), 0);
}

}  // namespace

void ExportLate(Napi::Object exports, Addon* addon) {
  Export<ExportRest>(exports, "exportRest", addon);
}

}  // namespace fdselect::binding
