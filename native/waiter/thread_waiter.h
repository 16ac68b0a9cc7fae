// A waiter that is a thread in poll(2) (POSIX), for event loops that cannot watch another fd.
#pragma once

#include <poll.h>
#include <pthread.h>

#include <chrono>
#include <memory>

#include "../sys/array.h"
#include "../sys/mutex.h"
#include "../sys/owned_fd.h"
#include "interests.h"
#include "waiter.h"

namespace fdselect::waiter {

/// One thread polls the fds of all armed waits, each fd once, and a waker that interrupts poll(2)
/// when the JS thread changes something.
class ThreadWaiter final : public Waiter {
 public:
  /// Starts the thread. It calls `notify(data)` when Collect() has new waits to return; `notify`
  /// must not wait for the JS thread. Returns 0 or -errno: -EAGAIN if the system allows no more
  /// threads.
  static int Open(void (*notify)(void* data), void* data, std::unique_ptr<ThreadWaiter>& opened);

  /// Ends the thread; `notify` is not called any more.
  ~ThreadWaiter() override;

  ThreadWaiter(const ThreadWaiter&) = delete;
  ThreadWaiter& operator=(const ThreadWaiter&) = delete;

  int Watch(WaitId id, int fd, std::uint16_t events, bool is_own) override;
  void Unwatch(WaitId id, int fd) override;
  int Arm(WaitId id) override;
  int Rearm(WaitId id) override;
  void Disarm(WaitId id) override;
  void End(WaitId id) override;
  void Forget(int fd) override;
  std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) override;
  std::size_t Collect(WaitId* ids, std::size_t limit) override;
  bool IsWaiting() override;

 private:
  using Clock = std::chrono::steady_clock;

  ThreadWaiter(sys::OwnedFd waker, void (*notify)(void* data), void* data)
      : waker_(std::move(waker)), notify_(notify), data_(data) {}

  // Thread: JS, with the mutex held.
  void Wake();
  void SetArmed(Wait& wait, bool is_armed);

  // Thread: waiter.
  static void* Run(void* waiter);
  bool Prepare();
  void AddPolled(const Entry& entry);
  void PollNow();
  int Timeout() const;
  bool Receive();
  bool Report(const pollfd& entry);
  void Unmute();

  const sys::OwnedFd waker_;
  void (*const notify_)(void* data);
  void* const data_;  // SAFETY: owns this waiter, and so lives until the thread has ended

  sys::Mutex mutex_;  // guards the members from here to is_stopping_
  Interests interests_;
  sys::Array<WaitId> ready_;
  std::size_t waiting_ = 0;   // armed waits
  bool has_changed_ = true;   // since Prepare()
  bool is_woken_ = false;     // the waker is ready, or about to be
  bool is_notified_ = false;  // notify_ was called, and Collect() not yet
  bool is_stopping_ = false;

  // Thread: waiter. The argument of poll(2), the waker first.
  sys::Array<pollfd> polled_;
  bool has_muted_ = false;
  bool lacks_memory_ = false;
  Clock::time_point unmute_at_;  // where has_muted_

  pthread_t thread_{};
  bool has_thread_ = false;
};

}  // namespace fdselect::waiter
