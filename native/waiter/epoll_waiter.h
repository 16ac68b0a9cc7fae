// Waits that share one epoll set, whose own fd is watched by another event loop (Linux).
#pragma once

#ifdef __linux__

#include <memory>
#include <utility>

#include "../sys/array.h"
#include "../sys/owned_fd.h"
#include "interests.h"
#include "waiter.h"

namespace fdselect::waiter {

/// A program that waits for the same fds again and again costs no epoll_ctl(2): fds are watched
/// level-triggered and stay in the set when a wait is over. The set is corrected only when it says
/// something that no armed wait asks for:
///
/// - an event that no armed wait asks for takes its fd out of the set, or the event out of the fd's
///   mask; the next Arm() puts it back;
/// - after a false alarm (the real call has found nothing) the fds that were reported are watched
///   edge-triggered until the next Arm(), so that the same false alarm cannot keep the loop busy:
///   a hang-up that select() does not count, for example;
/// - a file that lives on under a number that was closed cannot be taken out of the set: the set is
///   made anew.
///
/// Thread: JS, for every function.
class EpollWaiter final : public Waiter {
 public:
  /// `on_replaced` is called with `data` when the set was made anew: fd() has the same number but
  /// stands for another file, and has to be watched anew. Returns 0 or -errno.
  static int Open(void (*on_replaced)(void* data), void* data,
                  std::unique_ptr<EpollWaiter>& opened);

  /// Readable while Collect() may have something to say.
  int fd() const { return set_.get(); }

  /// Whether Refresh() would do something for `id`.
  bool NeedsRefresh(WaitId id) const;

  /// Whether `id` is the only armed wait.
  bool IsOnlyOne(WaitId id) const { return armed_.size() == 1 && armed_[0]->id == id; }

  /// Asks the kernel once more what the numbers of the armed waits stand for: other code may have
  /// closed one, and opened another file under the same number. Returns whether Collect() has
  /// something to say at once.
  bool Refresh();

  int Watch(WaitId id, int fd, std::uint16_t events, bool is_own) override;
  void Unwatch(WaitId id, int fd) override;
  int Arm(WaitId id) override;
  void Rearm(WaitId id) override;
  void Disarm(WaitId id) override;
  void End(WaitId id) override;
  void Forget(int fd) override;
  void ForgetAll() override;
  std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) override;
  std::size_t Collect(WaitId* ids, std::size_t limit) override;
  bool IsWaiting() override { return !armed_.empty(); }

 private:
  EpollWaiter(sys::OwnedFd set, void (*on_replaced)(void* data), void* data)
      : set_(std::move(set)), on_replaced_(on_replaced), data_(data) {}

  bool PutArmed(Wait& wait);
  void TakeArmed(Wait& wait);
  int Settle(Wait& wait);
  int SettleOne(Interest& interest);
  int Apply(Entry& entry, std::uint16_t events, bool is_level);
  bool Receive();
  bool Report(int fd, std::uint32_t events);
  bool MakeReady(Wait& wait);
  void Narrow(Entry& entry);
  static void Unsettle(Entry& entry);
  void Replace();

  sys::OwnedFd set_;
  void (*const on_replaced_)(void* data);
  void* const data_;  // SAFETY: owns this waiter
  Interests interests_;
  sys::Array<Wait*> armed_;  // SAFETY: a wait is taken out before it is removed
  sys::Array<WaitId> ready_;
  /// Collect() may not guess.
  bool must_receive_ = false;
  /// A file reports under a number by which it cannot be taken out of the set.
  bool must_replace_ = false;
};

}  // namespace fdselect::waiter

#endif  // __linux__
