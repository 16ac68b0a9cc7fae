// The binding functions of eventfd(2) and timerfd_create(2).
#include "../sys/event_fd.h"

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// eventfd(initval, flags)
Napi::Value EventFd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::int64_t initial = arguments.Long(0, "initval");
  const int flags = arguments.Int(1, "flags");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::EventFd(static_cast<unsigned>(initial), flags));
}

// timerfdCreate(clock, flags)
Napi::Value TimerFd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int clock = arguments.Int(0, "clock");
  const int flags = arguments.Int(1, "flags");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::TimerFd(clock, flags));
}

/// Fills the array with the time left and the interval, in nanoseconds.
void SetSetting(Napi::Array out, const sys::TimerSetting& setting) {
  const Napi::Env env = out.Env();
  SetElement(out, 0, Napi::Number::New(env, static_cast<double>(setting.initial)));
  SetElement(out, 1, Napi::Number::New(env, static_cast<double>(setting.interval)));
}

// timerfdSettime(fd, flags, initial, interval, former): times are nanoseconds.
Napi::Value TimerFdSet(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int flags = arguments.Int(1, "flags");
  const std::int64_t initial = arguments.Long(2, "initial");
  const std::int64_t interval = arguments.Long(3, "interval");
  Napi::Array out = arguments.Array(4, "former");
  if (arguments.Failed()) return {};
  sys::TimerSetting former{};
  const int result = sys::TimerFdSet(fd, flags, {initial, interval}, former);
  if (result >= 0) SetSetting(out, former);
  return Result(info.Env(), result);
}

// timerfdGettime(fd, setting)
Napi::Value TimerFdGet(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Napi::Array out = arguments.Array(1, "setting");
  if (arguments.Failed()) return {};
  sys::TimerSetting setting{};
  const int result = sys::TimerFdGet(fd, setting);
  if (result >= 0) SetSetting(out, setting);
  return Result(info.Env(), result);
}

}  // namespace

void ExportEventFd(Napi::Object exports, Addon* addon) {
  Export<EventFd>(exports, "eventfd", addon);
  Export<TimerFd>(exports, "timerfdCreate", addon);
  Export<TimerFdSet>(exports, "timerfdSettime", addon);
  Export<TimerFdGet>(exports, "timerfdGettime", addon);
}

}  // namespace fdselect::binding
