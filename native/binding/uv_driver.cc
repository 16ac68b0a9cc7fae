// The driver for Node on Linux: an epoll set whose fd is a uv_poll_t in Node's loop.
//
// Four to five times quicker than the thread driver, because no thread is switched.
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "../sys/epoll.h"
#include "../waiter/epoll_waiter.h"
#include "driver.h"
#include "libuv.h"
#include "ready_callback.h"

namespace fdselect::binding {

#ifdef __linux__

namespace {

/// After this time, EpollWaiter::Refresh() is called for a wait, because other code may have closed
/// an fd and opened another file with its number. Shorter waits do not pay for it.
constexpr std::uint64_t kRefreshAfterMs = 10;

// Owns itself, until OnClosed(). Thread: JS, for every function.
class UvDriver final : public Driver {
 public:
  static int Open(napi_env env, napi_value on_ready, const LibUv& uv, UvLoop* loop,
                  Driver*& opened) {
    auto driver = std::unique_ptr<UvDriver>(new (std::nothrow) UvDriver(env, uv, loop));
    if (driver == nullptr || !driver->poll_.Make(uv, LibUv::kPollType) ||
        !driver->timer_.Make(uv, LibUv::kTimerType) || !driver->callback_.Hold(on_ready)) {
      return -ENOMEM;
    }
    // SAFETY: the waiter, which calls OnReplaced(), is a member of the driver.
    const int made = waiter::EpollWaiter::Open(OnReplaced, driver.get(), driver->waiter_);
    if (made < 0) return made;
    const int initialised = uv.poll_init(loop, driver->poll_.get(), driver->waiter_->fd());
    if (initialised < 0) return initialised;
    // From here on libuv uses the handles until it calls OnClosed(), which deletes the driver.
    UvDriver* const self = driver.release();
    const int started = self->Start();
    if (started < 0) {
      self->Close();
      return started;
    }
    opened = self;
    return 0;
  }

  UvDriver(const UvDriver&) = delete;
  UvDriver& operator=(const UvDriver&) = delete;

  waiter::Waiter& waiter() override { return *waiter_; }

  // Restarts the refresh timer, unless that would delay it for another wait.
  void OnArmed(waiter::WaitId id) override {
    if (!waiter_->NeedsRefresh(id)) return;
    if (is_timer_active_ && !waiter_->IsOnlyOne(id)) return;
    is_timer_active_ = uv_.timer_start(timer_.get(), OnTimer, kRefreshAfterMs, 0) >= 0;
  }

  void OnRearmed() override {
    if (!waiter_->HasNews() && !must_watch_) return;
    is_timer_active_ = uv_.timer_start(timer_.get(), OnTimer, 0, 0) >= 0;
  }

 protected:
  void KeepAlive(bool is_kept) override {
    if (is_kept) {
      uv_.ref(poll_.get());
    } else {
      uv_.unref(poll_.get());
    }
  }

 private:
  // The memory of a libuv handle, whose size only libuv knows.
  class Handle {
   public:
    bool Make(const LibUv& uv, int type) {
      const std::size_t size = uv.handle_size(type) / sizeof(std::max_align_t) + 1;
      memory_.reset(new (std::nothrow) std::max_align_t[size]);
      return memory_ != nullptr;
    }
    UvHandle* get() const { return reinterpret_cast<UvHandle*>(memory_.get()); }

   private:
    std::unique_ptr<std::max_align_t[]> memory_;
  };

  UvDriver(napi_env env, const LibUv& uv, UvLoop* loop)
      : env_(env), uv_(uv), loop_(loop), callback_(env) {}
  ~UvDriver() = default;
  friend struct std::default_delete<UvDriver>;

  int Start() {
    uv_.handle_set_data(poll_.get(), this);
    const int timer = uv_.timer_init(loop_, timer_.get());
    if (timer < 0) return timer;
    has_timer_ = true;
    uv_.handle_set_data(timer_.get(), this);
    uv_.unref(timer_.get());
    const int started = uv_.poll_start(poll_.get(), LibUv::kReadable, OnReadable);
    if (started < 0) return started;
    uv_.unref(poll_.get());
    const int added = AddToLoop();
    if (added < 0) return added;
    // SAFETY: the driver lives until OnClosed(), which follows after the hook.
    const napi_status hooked = napi_add_async_cleanup_hook(env_, OnEnvironmentEnd, this, nullptr);
    return hooked == napi_ok ? 0 : -ENOMEM;
  }

  // Adds our set to the loop's epoll set now. libuv would do it before its next wait, and end the
  // process if the kernel refuses it (ELOOP: sets are nested too deeply). Once ours is added, the
  // kernel instead refuses the program's set when it is added to ours, which can be reported. libuv
  // accepts EEXIST.
  int AddToLoop() const {
    const int added =
        sys::EpollControl(uv_.backend_fd(loop_), EPOLL_CTL_ADD, waiter_->fd(), EPOLLIN);
    return added == -EEXIST ? 0 : added;
  }

  // The number is another epoll set's now, and libuv must watch that one.
  static void OnReplaced(void* data) { static_cast<UvDriver*>(data)->WatchSet(); }

  // Has libuv watch the set. If the kernel has no memory for that, libuv must not try by itself, as
  // it would end the process: the timer tries again.
  void WatchSet() {
    uv_.poll_stop(poll_.get());  // always 0
    if (uv_.poll_start(poll_.get(), LibUv::kReadable, OnReadable) >= 0 && AddToLoop() >= 0) return;
    uv_.poll_stop(poll_.get());
    must_watch_ = true;
    uv_.ref(timer_.get());
    is_timer_active_ = uv_.timer_start(timer_.get(), OnTimer, kRefreshAfterMs, 0) >= 0;
  }

  // SAFETY: `data`, which Start() has set, is the first member of every uv_handle_t.
  static UvDriver* Of(UvHandle* handle) { return *reinterpret_cast<UvDriver**>(handle); }

  // An error in `status` (EBADF: other code has closed the set's fd) also appears in Collect().
  static void OnReadable(UvHandle* handle, int /*status*/, int /*events*/) {
    Of(handle)->Deliver();
  }

  static void OnTimer(UvHandle* handle) {
    UvDriver* const driver = Of(handle);
    driver->is_timer_active_ = false;
    if (std::exchange(driver->must_watch_, false)) {
      driver->uv_.unref(driver->timer_.get());
      driver->WatchSet();
    }
    const bool has_news = driver->waiter_->HasNews();
    if (driver->waiter_->Refresh() || has_news) driver->Deliver();
  }

  void Deliver() {
    std::array<waiter::WaitId, 2> ids{};
    const std::size_t count = waiter_->Collect(ids.data(), ids.size());
    if (count > 0) callback_.Call(ids.data(), count);
    Update();
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void* data) {
    auto* const driver = static_cast<UvDriver*>(data);
    driver->hook_ = hook;
    driver->Close();
  }

  void Close() {
    callback_.Release();
    open_handles_ = has_timer_ ? 2 : 1;
    uv_.close(poll_.get(), OnClosed);
    if (has_timer_) uv_.close(timer_.get(), OnClosed);
  }

  static void OnClosed(UvHandle* handle) {
    UvDriver* const self = Of(handle);
    if (--self->open_handles_ > 0) return;
    const std::unique_ptr<UvDriver> driver(self);
    if (driver->hook_ != nullptr) napi_remove_async_cleanup_hook(driver->hook_);
  }

  napi_env env_;
  LibUv uv_;
  UvLoop* loop_;  // SAFETY: the loop outlives its handles
  ReadyCallback callback_;
  std::unique_ptr<waiter::EpollWaiter> waiter_;
  Handle poll_;
  Handle timer_;
  bool has_timer_ = false;
  bool is_timer_active_ = false;
  bool must_watch_ = false;  // libuv does not watch the set
  int open_handles_ = 0;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace

int OpenUvDriver(napi_env env, napi_value on_ready, Driver*& opened) {
  const auto uv = LibUv::Find();
  uv_loop_s* loop = nullptr;
  if (!uv || napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOSYS;
  return UvDriver::Open(env, on_ready, *uv, reinterpret_cast<UvLoop*>(loop), opened);
}

#else

int OpenUvDriver(napi_env /*env*/, napi_value /*on_ready*/, Driver*& /*opened*/) { return -ENOSYS; }

#endif  // __linux__

}  // namespace fdselect::binding
