// The addon's entry point: what one environment owns and exports.
#include "addon.h"

namespace fdselect::binding {

Addon::Addon(Napi::Env env, Napi::Object exports) {
  ExportConstants(env, exports);
  ExportEpoll(exports, this);
  ExportIo(exports, this);
  ExportPoll(exports, this);
  ExportSelect(exports, this);
  ExportSignals(exports, this);
  ExportSocket(exports, this);
  ExportTermination(exports, this);
  ExportWaiter(exports, this);
  ExportWaker(exports, this);
}

}  // namespace fdselect::binding

using FdselectAddon = fdselect::binding::Addon;
NODE_API_ADDON(FdselectAddon)
