// A waiter that is an epoll set, whose own fd is watched by libuv's loop (Linux).
#pragma once

#ifdef __linux__

#include <memory>
#include <utility>

#include "../sys/array.h"
#include "../sys/owned_fd.h"
#include "interests.h"
#include "waiter.h"

namespace fdselect::waiter {

/// Waiting for the same fds again needs no epoll_ctl(2): fds are watched level-triggered and stay
/// in the set when a wait is over. The set is corrected only when it reports something that no
/// armed wait asks for:
///
/// - For an event that no armed wait asks for, the fd is removed from the set, or the event from
///   the fd's mask. The next Arm() adds it again.
/// - After a false alarm (the real call found nothing), the reported fds are edge-triggered until
///   the next Arm(). So the same false alarm cannot keep the loop busy; an example is a hang-up,
///   which select() does not count.
/// - An open file whose number was closed while a duplicate remains cannot be removed from the
///   set. If it reports, the set is replaced by a new one.
///
/// Thread: JS, for every function.
class EpollWaiter final : public Waiter {
 public:
  /// `on_replaced(data)` is called when the set was replaced: fd() has the same number but is
  /// another file, which the loop must watch anew. Returns 0 or -errno.
  static int Open(void (*on_replaced)(void* data), void* data,
                  std::unique_ptr<EpollWaiter>& opened);

  /// Readable while Collect() may have waits to return.
  int fd() const { return set_.get(); }

  /// Whether Refresh() would do something for `id`.
  bool NeedsRefresh(WaitId id) const;

  /// Whether `id` is the only armed wait.
  bool IsOnlyOne(WaitId id) const { return armed_.size() == 1 && armed_[0]->id == id; }

  /// Applies the masks of the armed waits' fds again: other code may have closed an fd and opened
  /// another file with the same number. Returns whether Collect() has waits to return at once.
  bool Refresh();

  /// Whether waits became ready outside of Collect(), which must be called then.
  bool HasNews() const { return has_news_; }

  int Watch(WaitId id, int fd, std::uint16_t events, bool is_own) override;
  void Unwatch(WaitId id, int fd) override;
  int Arm(WaitId id) override;
  int Rearm(WaitId id) override;
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
  sys::Array<Wait*> armed_;  // SAFETY: End() takes a wait out before it removes it
  sys::Array<WaitId> ready_;
  /// Collect() must ask the kernel, even if only one wait is armed.
  bool must_receive_ = false;
  /// Replace() has made waits ready.
  bool has_news_ = false;
  /// A file that cannot be removed from the set has reported.
  bool must_replace_ = false;
};

}  // namespace fdselect::waiter

#endif  // __linux__
