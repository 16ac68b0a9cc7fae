// The environment's waiter, as JavaScript has it: functions on waits, which are numbers.
#include "../waiter/waiter.h"

#include <algorithm>

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

// SAFETY: valid until the binding function returns: no JavaScript of this environment runs before.
struct Ids {
  std::int32_t* data = nullptr;
  std::size_t size = 0;
};

Ids IdsAt(const Napi::CallbackInfo& info, std::size_t index, Arguments& arguments) {
  napi_typedarray_type type = napi_uint8_array;
  std::size_t size = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), info[index], &type, &size, &data, nullptr, nullptr);
  if (status == napi_ok && type == napi_int32_array)
    return {static_cast<std::int32_t*>(data), size};
  arguments.FailType("ids", "an Int32Array");
  return {};
}

// collectWaits(ids): how many waits that may be ready were written to the Int32Array.
Napi::Value Collect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Ids ids = IdsAt(info, 0, arguments);
  if (arguments.Failed()) return {};
  std::size_t count = 0;
  ForEachOpen(info, [&](waiter::Waiter& waiter) {
    count += waiter.Collect(ids.data + count, ids.size - count);
  });
  return Result(info.Env(), static_cast<int>(count));
}

// waitsFor(fd, ids): how many waits watch the fd; as many as fit were written to the Int32Array.
Napi::Value WaitsFor(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Ids ids = IdsAt(info, 1, arguments);
  if (arguments.Failed()) return {};
  std::size_t count = 0;
  ForEachOpen(info, [&](waiter::Waiter& waiter) {
    const std::size_t written = std::min(count, ids.size);
    count += waiter.WaitsFor(fd, ids.data + written, ids.size - written);
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
  Export<WaitsFor>(exports, "waitsFor", addon);
}

}  // namespace fdselect::binding
