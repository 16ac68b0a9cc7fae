// The addon's entry point: what one environment owns and exports.
#include "addon.h"

namespace fdselect::binding {

Addon::Addon(Napi::Env env, Napi::Object exports) {
  ExportConstants(env, exports);
  ExportIo(exports, this);
  ExportPoll(exports);
  ExportSelect(exports, this);
  ExportSignals(exports, this);
  ExportSocket(exports, this);
}

}  // namespace fdselect::binding

using FdselectAddon = fdselect::binding::Addon;
NODE_API_ADDON(FdselectAddon)
