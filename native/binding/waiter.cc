// The environment's waiter, as JavaScript has it: functions on waits, which are numbers.
#include "../waiter/waiter.h"

#include "addon.h"
#include "arguments.h"
#include "driver.h"

namespace fdselect::binding {

namespace {

// openWaiter(kind, onReady): 0 or -errno. Each kind only once in an environment.
Napi::Value OpenWaiter(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int kind = arguments.Int(0, "kind");
  const Napi::Value on_ready = info[1];
  if (!on_ready.IsFunction()) arguments.FailType("onReady", "a function");
  auto& drivers = AddonOf(info).drivers;
  if (kind < 0 || kind >= kDriverKinds || drivers[static_cast<std::size_t>(kind)] != nullptr) {
    arguments.FailRange("kind");
  }
  if (arguments.Failed()) return {};
  const auto open = kind == kUv ? OpenUvDriver : OpenThreadDriver;
  return Result(info.Env(), open(info.Env(), on_ready, drivers[static_cast<std::size_t>(kind)]));
}

// An argument that is the kind of an open driver; else it throws.
Driver* DriverAt(const Napi::CallbackInfo& info, std::size_t index, Arguments& arguments) {
  const int kind = arguments.Int(index, "kind");
  const bool is_kind = kind >= 0 && kind < kDriverKinds;
  Driver* driver = is_kind ? AddonOf(info).drivers[static_cast<std::size_t>(kind)] : nullptr;
  if (driver == nullptr) arguments.FailRange("kind");
  return arguments.Failed() ? nullptr : driver;
}

template <class Action>
void ForEachOpen(const Napi::CallbackInfo& info, Action action) {
  for (Driver* driver : AddonOf(info).drivers) {
    if (driver != nullptr) action(driver->waiter());
  }
}

// keepAlive(kind, isKept)
Napi::Value KeepAlive(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverAt(info, 0, arguments);
  const bool is_kept = arguments.Int(1, "isKept") != 0;
  if (arguments.Failed()) return {};
  driver->KeepAlive(is_kept);
  return Result(info.Env(), 0);
}

// watchWait(kind, id, fd, events): one of waiter::Watched, or -errno.
Napi::Value Watch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverAt(info, 0, arguments);
  const int id = arguments.Int(1, "id");
  const int fd = arguments.Int(2, "fd");
  const int events = arguments.Int(3, "events");
  if (arguments.Failed()) return {};
  return Result(info.Env(), driver->waiter().Watch(id, fd, static_cast<std::uint16_t>(events)));
}

// The others are about a wait, whichever of the drivers its fds are with.

// unwatchWait(id, fd)
Napi::Value Unwatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  const int fd = arguments.Int(1, "fd");
  if (arguments.Failed()) return {};
  ForEachOpen(info, [&](waiter::Waiter& waiter) { waiter.Unwatch(id, fd); });
  return Result(info.Env(), 0);
}

// rearmWait(id)
Napi::Value Rearm(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  if (arguments.Failed()) return {};
  ForEachOpen(info, [&](waiter::Waiter& waiter) { waiter.Rearm(id); });
  return Result(info.Env(), 0);
}

// endWait(id, kind): without one more call, the driver of that kind lets go of the event loop when
// it is the last wait; -1: it is not.
Napi::Value End(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int id = arguments.Int(0, "id");
  const bool is_last = arguments.Int(1, "kind") >= 0;
  Driver* driver = is_last ? DriverAt(info, 1, arguments) : nullptr;
  if (arguments.Failed()) return {};
  ForEachOpen(info, [&](waiter::Waiter& waiter) { waiter.End(id); });
  if (driver != nullptr) driver->KeepAlive(false);
  return Result(info.Env(), 0);
}

// collectWaits(ids): how many waits that may be ready were written to the Int32Array.
Napi::Value Collect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Napi::Value ids = info[0];
  const bool is_array =
      ids.IsTypedArray() && ids.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  if (!is_array) arguments.FailType("ids", "an Int32Array");
  if (arguments.Failed()) return {};
  // SAFETY: valid until this function returns: no JavaScript of this environment runs before.
  auto array = ids.As<Napi::Int32Array>();
  std::size_t count = 0;
  ForEachOpen(info, [&](waiter::Waiter& waiter) {
    count += waiter.Collect(array.Data() + count, array.ElementLength() - count);
  });
  return Result(info.Env(), static_cast<int>(count));
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
