// How an environment's event loop learns that waits may be ready: the drivers of the waiter.
#pragma once

#include <napi.h>

#include <cstdint>

#include "../waiter/waiter.h"

namespace fdselect::binding {

enum DriverKind : std::int32_t { kUv, kThread, kDriverKinds };

/// Thread: JS, for every function. An open driver closes by itself when its environment ends, and
/// lives until that is done; so nobody owns it.
class Driver {
 public:
  virtual waiter::Waiter& waiter() = 0;

  /// Whether it keeps the event loop, and with it the process, alive. At first it does not.
  virtual void KeepAlive(bool is_kept) = 0;

 protected:
  Driver() = default;
  ~Driver() = default;
};

/// Opens the driver that has an epoll set in libuv's loop. `on_ready` is called when waits may be
/// ready: with the number of the only one, or with those of the first two, and then there may be
/// more to collect. Returns 0 or -errno; -ENOSYS where there is no libuv or no epoll.
int OpenUvDriver(napi_env env, napi_value on_ready, Driver*& opened);

/// Opens the driver that has a thread; it calls `on_ready` without arguments.
int OpenThreadDriver(napi_env env, napi_value on_ready, Driver*& opened);

}  // namespace fdselect::binding
