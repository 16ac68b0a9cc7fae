// The driver for all runtimes: a native thread in poll(2), and a thread-safe function.
#include <cerrno>
#include <memory>
#include <new>

#include "../waiter/thread_waiter.h"
#include "driver.h"

namespace fdselect::binding {

namespace {

// Owns itself, until OnEnvironmentEnd(). Thread: JS, except Notify().
class ThreadDriver final : public Driver {
 public:
  static int Open(napi_env env, napi_value on_ready, Driver*& opened) {
    auto driver = std::unique_ptr<ThreadDriver>(new (std::nothrow) ThreadDriver(env));
    if (driver == nullptr) return -ENOMEM;
    const int started = driver->Start(on_ready);
    if (started < 0) return started;
    // Hooks run in reverse order, and the thread-safe function has its own hook: so the thread ends
    // before the function that it calls.
    // SAFETY: the driver lives until the hook deletes it.
    if (napi_add_env_cleanup_hook(env, OnEnvironmentEnd, driver.get()) != napi_ok) return -ENOMEM;
    opened = driver.release();
    return 0;
  }

  ~ThreadDriver() {
    waiter_.reset();  // the thread must end before the function that it calls
    if (function_ != nullptr) napi_release_threadsafe_function(function_, napi_tsfn_abort);
  }

  ThreadDriver(const ThreadDriver&) = delete;
  ThreadDriver& operator=(const ThreadDriver&) = delete;

  waiter::Waiter& waiter() override { return *waiter_; }

 protected:
  // Both fail only in an environment that is ending, and then they are not needed.
  void KeepAlive(bool is_kept) override {
    if (is_kept) {
      napi_ref_threadsafe_function(env_, function_);
    } else {
      napi_unref_threadsafe_function(env_, function_);
    }
  }

 private:
  explicit ThreadDriver(napi_env env) : env_(env) {}

  int Start(napi_value on_ready) {
    napi_value name = nullptr;
    if (napi_create_string_utf8(env_, "fdselect", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env_, on_ready, nullptr, name, 0, 1, nullptr, nullptr,
                                        nullptr, nullptr, &function_) != napi_ok ||
        napi_unref_threadsafe_function(env_, function_) != napi_ok) {
      return -ENOMEM;
    }
    // SAFETY: the waiter, which calls Notify(), is a member of the driver.
    return waiter::ThreadWaiter::Open(Notify, this, waiter_);
  }

  // Thread: waiter. It fails if the environment is ending, and then it is not needed.
  static void Notify(void* data) {
    napi_call_threadsafe_function(static_cast<ThreadDriver*>(data)->function_, nullptr,
                                  napi_tsfn_nonblocking);
  }

  static void OnEnvironmentEnd(void* data) {
    const std::unique_ptr<ThreadDriver> driver(static_cast<ThreadDriver*>(data));
  }

  napi_env env_;  // SAFETY: the driver ends with the environment
  napi_threadsafe_function function_ = nullptr;
  std::unique_ptr<waiter::ThreadWaiter> waiter_;
};

}  // namespace

int OpenThreadDriver(napi_env env, napi_value on_ready, Driver*& opened) {
  return ThreadDriver::Open(env, on_ready, opened);
}

}  // namespace fdselect::binding
