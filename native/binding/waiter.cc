// The binding functions of the waiters (native/waiter) and their drivers; waits are numbers.
#include "../waiter/waiter.h"

#include <cerrno>

#include "addon.h"
#include "arguments.h"
#include "driver.h"

namespace fdselect::binding {

namespace {

// openWaiter(kind, onReady): returns the driver's index, the first argument of all other functions;
// or -errno.
Napi::Value OpenWaiter(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int kind = arguments.Int(0, "kind");
  const Napi::Value on_ready = info[1];
  if (!on_ready.IsFunction()) arguments.FailType("onReady", "a function");
  if (kind != kUv && kind != kThread) arguments.FailRange("kind");
  if (arguments.Failed()) return {};
  auto& drivers = AddonOf(info).drivers;
  const std::size_t place = drivers.size();
  // Room first, because an open driver cannot be closed again.
  if (!drivers.Reserve(place + 1)) return Result(info.Env(), -ENOMEM);
  Driver* driver = nullptr;
  const auto open = kind == kUv ? OpenUvDriver : OpenThreadDriver;
  const int opened = open(info.Env(), on_ready, driver);
  if (opened < 0) return Result(info.Env(), opened);
  return Result(info.Env(), drivers.Push(driver) ? static_cast<int>(place) : -ENOMEM);
}

// The driver that the first argument names; throws if there is no such driver.
Driver* DriverOf(const Napi::CallbackInfo& info, Arguments& arguments) {
  const auto place = static_cast<std::uint32_t>(arguments.Int(0, "driver"));
  const auto& drivers = AddonOf(info).drivers;
  if (place >= drivers.size()) arguments.FailRange("driver");
  return arguments.Failed() ? nullptr : drivers[place];
}

// watchWait(driver, id, fd, events, isOwn): returns a waiter::Watched, or -errno.
Napi::Value Watch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int id = arguments.Int(1, "id");
  const int fd = arguments.Int(2, "fd");
  const int events = arguments.Int(3, "events");
  const bool is_own = arguments.Int(4, "isOwn") != 0;
  if (arguments.Failed()) return {};
  const auto mask = static_cast<std::uint16_t>(events);
  return Result(info.Env(), driver->waiter().Watch(id, fd, mask, is_own));
}

// unwatchWait(driver, id, fd)
Napi::Value Unwatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int id = arguments.Int(1, "id");
  const int fd = arguments.Int(2, "fd");
  if (arguments.Failed()) return {};
  driver->waiter().Unwatch(id, fd);
  return Result(info.Env(), 0);
}

// armWait(driver, id): returns a waiter::Watched, or -errno.
Napi::Value Arm(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int id = arguments.Int(1, "id");
  if (arguments.Failed()) return {};
  const int armed = driver->waiter().Arm(id);
  if (armed >= 0) driver->OnArmed(id);
  driver->Update();
  return Result(info.Env(), armed);
}

// forgetWaits(driver)
Napi::Value ForgetAll(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  if (arguments.Failed()) return {};
  driver->waiter().ForgetAll();
  return Result(info.Env(), 0);
}

// rearmWait(driver, id): returns 0 or -errno.
Napi::Value Rearm(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int id = arguments.Int(1, "id");
  if (arguments.Failed()) return {};
  const int result = driver->waiter().Rearm(id);
  driver->OnRearmed();
  driver->Update();
  return Result(info.Env(), result);
}

// disarmWait(driver, id), endWait(driver, id).
template <void (waiter::Waiter::*Action)(waiter::WaitId)>
Napi::Value Change(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int id = arguments.Int(1, "id");
  if (arguments.Failed()) return {};
  (driver->waiter().*Action)(id);
  driver->Update();
  return Result(info.Env(), 0);
}

// SAFETY: valid until the binding function returns: no JavaScript of a program runs before.
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

// collectWaits(driver, ids): writes waits that may be ready to the Int32Array; returns how many.
Napi::Value Collect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const Ids ids = IdsAt(info, 1, arguments);
  if (arguments.Failed()) return {};
  const std::size_t count = driver->waiter().Collect(ids.data, ids.size);
  driver->Update();
  return Result(info.Env(), static_cast<int>(count));
}

// waitsFor(driver, fd, ids): writes the waits that watch the fd, as far as they fit; returns how
// many there are.
Napi::Value WaitsFor(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Driver* driver = DriverOf(info, arguments);
  const int fd = arguments.Int(1, "fd");
  const Ids ids = IdsAt(info, 2, arguments);
  if (arguments.Failed()) return {};
  const std::size_t count = driver->waiter().WaitsFor(fd, ids.data, ids.size);
  return Result(info.Env(), static_cast<int>(count));
}

}  // namespace

void ForgetFd(Addon& addon, int fd) {
  for (Driver* driver : addon.drivers) driver->waiter().Forget(fd);
}

void ExportWaiter(Napi::Object exports, Addon* addon) {
  Export<OpenWaiter>(exports, "openWaiter", addon);
  Export<Watch>(exports, "watchWait", addon);
  Export<Unwatch>(exports, "unwatchWait", addon);
  Export<Arm>(exports, "armWait", addon);
  Export<ForgetAll>(exports, "forgetWaits", addon);
  Export<Rearm>(exports, "rearmWait", addon);
  Export<Change<&waiter::Waiter::Disarm>>(exports, "disarmWait", addon);
  Export<Change<&waiter::Waiter::End>>(exports, "endWait", addon);
  Export<Collect>(exports, "collectWaits", addon);
  Export<WaitsFor>(exports, "waitsFor", addon);
}

}  // namespace fdselect::binding
