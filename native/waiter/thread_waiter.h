// Waits that share one thread in poll(2) (POSIX): for event loops that take no fd from outside.
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "waiter.h"

namespace fdselect::waiter {

/// One thread polls the fds of all waits, and a waker by which it learns of changes. A wait that
/// was reported is polled again only after Rearm().
class ThreadWaiter final : public Waiter {
 public:
  /// Starts the thread. `notify` is called in it whenever Collect() has something new to say; it
  /// must not wait for the JS thread. Returns 0 or -errno.
  static int Open(std::function<void()> notify, std::unique_ptr<ThreadWaiter>& opened);

  /// Ends the thread; `notify` is not called any more.
  ~ThreadWaiter() override;

  ThreadWaiter(const ThreadWaiter&) = delete;
  ThreadWaiter& operator=(const ThreadWaiter&) = delete;

  int Watch(WaitId id, int fd, std::uint16_t events) override;
  void Unwatch(WaitId id, int fd) override;
  void Rearm(WaitId id) override;
  void End(WaitId id) override;
  std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) override;
  std::size_t Collect(WaitId* ids, std::size_t limit) override;

 private:
  struct Interest {
    int fd;
    std::uint16_t events;
    /// Reports what nobody has asked for, such as a hang-up that select() does not count, or again
    /// and again what proves false, such as an epoll set in which a closed file lives on: polled
    /// now and then only, or the thread would never sleep.
    bool is_muted = false;
    /// The last real call after a report of this one has found nothing. Once may happen: somebody
    /// else was quicker.
    bool was_false = false;
    short revents = 0;
  };
  struct Wait {
    std::vector<Interest> interests;
    bool is_reported = false;
  };

  using Clock = std::chrono::steady_clock;

  ThreadWaiter(int waker, std::function<void()> notify);

  // Thread: JS, with the mutex held.
  void Wake();

  // Thread: waiter.
  void Run();
  bool Prepare();
  int Timeout() const;
  bool Receive();
  bool Report(WaitId id, int fd, short revents);
  void Unmute();

  const int waker_;
  const std::function<void()> notify_;

  std::mutex mutex_;  // guards what follows, up to the thread's own
  std::unordered_map<WaitId, Wait> waits_;
  std::vector<WaitId> ready_;
  bool has_changed_ = true;   // since Prepare()
  bool is_woken_ = false;     // the waker is ready, or about to be
  bool is_notified_ = false;  // nobody has collected since
  bool is_stopping_ = false;

  // Thread: waiter. The fds in poll(2), the waker first, and whose they are.
  std::vector<pollfd> polled_;
  std::vector<WaitId> owners_;
  bool has_muted_ = false;
  Clock::time_point unmute_at_;  // where has_muted_

  std::thread thread_;  // last: it begins when all the rest is there
};

}  // namespace fdselect::waiter
