// Waits that share one epoll set, whose own fd sits in somebody else's event loop (Linux).
#pragma once

#ifdef __linux__

#include <memory>
#include <unordered_map>
#include <vector>

#include "waiter.h"

namespace fdselect::waiter {

/// Every fd is watched edge-triggered: what is reported once and proves false cannot keep the
/// loop busy, be it a hang-up that select() does not count, or a file that lives on under another
/// number after its fd was closed and that nobody can remove from the set any more. No edge is
/// missed: each Watch() makes the kernel look anew at how the fd is.
///
/// When a wait ends its fds stay in the set, because most are watched again soon, and one
/// epoll_ctl(2) then does; one that reports without being watched is removed.
class EpollWaiter final : public Waiter {
 public:
  /// Returns 0 or -errno.
  static int Open(std::unique_ptr<EpollWaiter>& opened);
  ~EpollWaiter() override;

  EpollWaiter(const EpollWaiter&) = delete;
  EpollWaiter& operator=(const EpollWaiter&) = delete;

  /// Readable while Collect() may have something to say.
  int fd() const { return epoll_fd_; }

  int Watch(WaitId id, int fd, std::uint16_t events) override;
  void Unwatch(WaitId id, int fd) override;
  void Rearm(WaitId id) override;
  void End(WaitId id) override;
  std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) override;
  std::size_t Collect(WaitId* ids, std::size_t limit) override;

 private:
  struct Interest {
    WaitId id;
    std::uint16_t events;
  };
  /// What is known of an fd that is, or was, in the set.
  struct Entry {
    std::vector<Interest> interests;
    bool is_in_set = false;
  };
  struct Wait {
    std::vector<int> fds;
    bool is_ready = false;  // in ready_
  };

  explicit EpollWaiter(int epoll_fd) : epoll_fd_(epoll_fd) {}

  int Apply(int fd, Entry& entry);
  void Forget(WaitId id, int fd);
  void Receive();
  void Report(int fd, std::uint32_t events);

  int epoll_fd_;
  std::unordered_map<WaitId, Wait> waits_;
  std::unordered_map<int, Entry> entries_;
  std::vector<WaitId> ready_;
  /// Collect() may not guess.
  bool must_receive_ = false;
};

}  // namespace fdselect::waiter

#endif  // __linux__
