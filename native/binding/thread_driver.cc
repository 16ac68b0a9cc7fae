// The waiter's driver everywhere: one native thread in poll(2), and a thread-safe function.
#include <cerrno>
#include <memory>
#include <utility>

#include "../waiter/thread_waiter.h"
#include "driver.h"

namespace fdselect::binding {

namespace {

// Thread: JS, but for Notify(). Owns itself: it ends in OnEnvironmentEnd().
class ThreadDriver final : public Driver {
 public:
  static int Open(napi_env env, napi_value on_ready, Driver*& opened) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, "fdselect", NAPI_AUTO_LENGTH, &name);
    auto driver = std::make_unique<ThreadDriver>();
    driver->env_ = env;
    const napi_status created = napi_create_threadsafe_function(
        env, on_ready, nullptr, name, 0, 1, nullptr, nullptr, nullptr, nullptr, &driver->function_);
    if (created != napi_ok) return -ENOMEM;
    napi_unref_threadsafe_function(env, driver->function_);
    // SAFETY: the waiter, which calls it, is a member of the driver.
    const int started =
        waiter::ThreadWaiter::Open([self = driver.get()] { self->Notify(); }, driver->waiter_);
    if (started < 0) {
      napi_release_threadsafe_function(driver->function_, napi_tsfn_abort);
      return started;
    }
    // Hooks run last in, first out, and the function has one of its own: so the thread ends before
    // what it calls.
    // SAFETY: the driver lives until the hook deletes it.
    napi_add_env_cleanup_hook(env, OnEnvironmentEnd, driver.get());
    opened = driver.release();
    return 0;
  }

  ~ThreadDriver() = default;

  waiter::Waiter& waiter() override { return *waiter_; }

  void KeepAlive(bool is_kept) override {
    if (is_kept) {
      napi_ref_threadsafe_function(env_, function_);
    } else {
      napi_unref_threadsafe_function(env_, function_);
    }
  }

 private:
  // Thread: waiter.
  void Notify() const { napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking); }

  static void OnEnvironmentEnd(void* data) {
    const std::unique_ptr<ThreadDriver> driver(static_cast<ThreadDriver*>(data));
    driver->waiter_.reset();
    napi_release_threadsafe_function(driver->function_, napi_tsfn_abort);
  }

  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  std::unique_ptr<waiter::ThreadWaiter> waiter_;
};

}  // namespace

int OpenThreadDriver(napi_env env, napi_value on_ready, Driver*& opened) {
  return ThreadDriver::Open(env, on_ready, opened);
}

}  // namespace fdselect::binding
