// The addon's entry point: exports all functions to one environment.
#include "addon.h"

#include "values.h"

namespace fdselect::binding {

Addon::Addon(Napi::Env env, Napi::Object exports) {
  ExportConstants(env, exports);
  ExportEpoll(exports, this);
  ExportIo(exports, this);
  ExportLate(exports, this);
  ExportModuleConstants(exports, this);
  ExportPoll(exports, this);
  ExportSelect(exports, this);
  ExportTermination(exports, this);
  ExportTransfer(exports, this);
  ExportWaiter(exports, this);
  ExportWaker(exports, this);
}

void ExportRaw(Napi::Object exports, const char* name, napi_callback callback, Addon* addon) {
  napi_value function = nullptr;
  // SAFETY: the addon lives as long as the environment, which is longer than its functions.
  napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, callback, addon, &function);
  SetProperty(exports, name, function);
}

}  // namespace fdselect::binding

using FdselectAddon = fdselect::binding::Addon;
NODE_API_ADDON(FdselectAddon)
