// The drivers: each connects a waiter with the environment's event loop, so that JavaScript is
// called when waits may be ready.
#pragma once

#include <napi.h>

#include <cstdint>

#include "../waiter/waiter.h"

namespace fdselect::binding {

enum DriverKind : std::int32_t { kUv, kThread };

/// An open driver closes itself when its environment ends, so it has no other owner.
/// Thread: JS, for every function.
class Driver {
 public:
  virtual waiter::Waiter& waiter() = 0;

  /// Called after `id` was armed.
  virtual void OnArmed(waiter::WaitId /*id*/) {}

  /// Called after a wait was continued.
  virtual void OnRearmed() {}

  /// Call it after each change of armed waits: while a wait is armed, the driver keeps the event
  /// loop alive, and so the process.
  void Update() {
    const bool is_waiting = waiter().IsWaiting();
    if (is_waiting == is_kept_) return;
    is_kept_ = is_waiting;
    KeepAlive(is_waiting);
  }

 protected:
  Driver() = default;
  ~Driver() = default;

  virtual void KeepAlive(bool is_kept) = 0;

 private:
  bool is_kept_ = false;
};

/// Opens the driver with an epoll set in libuv's loop. When waits may be ready, it calls `on_ready`
/// with the ids of the first one or two that it has collected; after two ids there may be more to
/// collect. Returns 0 or -errno: -ENOSYS without libuv or epoll.
int OpenUvDriver(napi_env env, napi_value on_ready, Driver*& opened);

/// Opens the driver with a thread; it calls `on_ready` without arguments.
int OpenThreadDriver(napi_env env, napi_value on_ready, Driver*& opened);

}  // namespace fdselect::binding
