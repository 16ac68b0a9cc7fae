// The environment's waiter, as JavaScript has it: functions on waits, which are numbers.
#include "../waiter/waiter.h"

#include "addon.h"
#include "arguments.h"
#include "driver.h"

namespace fdselect::binding {

namespace {

enum DriverKind : std::int32_t { kUv, kThread };

// openWaiter(driver, onReady): 0 or -errno. Only once in an environment.
Napi::Value OpenWaiter(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int kind = arguments.Int(0, "driver");
  const Napi::Value on_ready = info[1];
  if (!on_ready.IsFunction()) arguments.FailType("onReady", "a function");
  Driver*& driver = AddonOf(info).driver;
  if (driver != nullptr || (kind != kUv && kind != kThread)) arguments.FailRange("driver");
  if (arguments.Failed()) return {};
  const auto open = kind == kUv ? OpenUvDriver : OpenThreadDriver;
  return Result(info.Env(), open(info.Env(), on_ready, driver));
}

// The waiter that the other functions are about; without one they throw.
waiter::Waiter* OpenOne(const Napi::CallbackInfo& info, Arguments& arguments) {
  Driver* driver = AddonOf(info).driver;
  if (driver == nullptr) arguments.FailRange("waiter");
  return arguments.Failed() ? nullptr : &driver->waiter();
}

// keepAlive(isKept)
Napi::Value KeepAlive(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const bool is_kept = arguments.Int(0, "isKept") != 0;
  if (OpenOne(info, arguments) == nullptr) return {};
  AddonOf(info).driver->KeepAlive(is_kept);
  return Result(info.Env(), 0);
}

// watchWait(id, fd, events): one of waiter::Watched, or -errno.
Napi::Value Watch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  const int fd = arguments.Int(1, "fd");
  const int events = arguments.Int(2, "events");
  waiter::Waiter* waiter = OpenOne(info, arguments);
  if (waiter == nullptr) return {};
  return Result(info.Env(), waiter->Watch(id, fd, static_cast<std::uint16_t>(events)));
}

// unwatchWait(id, fd)
Napi::Value Unwatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  const int fd = arguments.Int(1, "fd");
  waiter::Waiter* waiter = OpenOne(info, arguments);
  if (waiter == nullptr) return {};
  waiter->Unwatch(id, fd);
  return Result(info.Env(), 0);
}

// rearmWait(id)
Napi::Value Rearm(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  waiter::Waiter* waiter = OpenOne(info, arguments);
  if (waiter == nullptr) return {};
  waiter->Rearm(id);
  return Result(info.Env(), 0);
}

// endWait(id)
Napi::Value End(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  waiter::Waiter* waiter = OpenOne(info, arguments);
  if (waiter == nullptr) return {};
  waiter->End(id);
  return Result(info.Env(), 0);
}

// collectWaits(ids): how many waits that may be ready were written to the Int32Array.
Napi::Value Collect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Value ids = info[0];
  const bool is_array =
      ids.IsTypedArray() && ids.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  if (!is_array) arguments.FailType("ids", "an Int32Array");
  waiter::Waiter* waiter = OpenOne(info, arguments);
  if (waiter == nullptr) return {};
  // SAFETY: valid until this function returns: no JavaScript of this environment runs before.
  auto array = ids.As<Napi::Int32Array>();
  return Result(info.Env(), static_cast<int>(waiter->Collect(array.Data(), array.ElementLength())));
}

}  // namespace

void ExportWaiter(Napi::Object exports, Addon* addon) {
  Export<OpenWaiter>(exports, "openWaiter", addon);
  Export<KeepAlive>(exports, "keepAlive", addon);
  Export<Watch>(exports, "watchWait", addon);
  Export<Unwatch>(exports, "unwatchWait", addon);
  Export<Rearm>(exports, "rearmWait", addon);
  Export<End>(exports, "endWait", addon);
  Export<Collect>(exports, "collectWaits", addon);
}

}  // namespace fdselect::binding
