// How an environment's event loop learns that waits may be ready: the drivers of the waiter.
#pragma once

#include <napi.h>

#include <cstdint>

#include "../waiter/waiter.h"

namespace fdselect::binding {

enum DriverKind : std::int32_t { kUv, kThread };

/// Thread: JS, for every function. An open driver closes by itself when its environment ends, and
/// lives until that is done; so it has no other owner.
class Driver {
 public:
  virtual waiter::Waiter& waiter() = 0;

  /// `id` was armed. For what the driver has to do besides.
  virtual void OnArmed(waiter::WaitId /*id*/) {}

  /// To be called after what may change whether a wait is armed: as long as one is, the driver
  /// keeps the event loop, and with it the process, alive.
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

/// Opens the driver that has an epoll set in libuv's loop. `on_ready` is called when waits may be
/// ready: with the id of the only one, or with those of the first two, and then there may be more
/// to collect. Returns 0 or -errno; -ENOSYS where there is no libuv or no epoll.
int OpenUvDriver(napi_env env, napi_value on_ready, Driver*& opened);

/// Opens the driver that has a thread; it calls `on_ready` without arguments.
int OpenThreadDriver(napi_env env, napi_value on_ready, Driver*& opened);

}  // namespace fdselect::binding
