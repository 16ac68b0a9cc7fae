// The waits of one environment that do not block it, and the interface of what waits for them.
//
// A wait is a number that JavaScript has chosen, and the fds that it watches. When one of them may
// be ready, the wait is collected; JavaScript then makes the real call with timeout 0, which alone
// decides: a false alarm costs that call and nothing else. So the drivers may report too much, but
// never too little, and never the same false alarm for ever.
//
// No Node in this folder: it compiles, and is tested with the sanitizers, by itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fdselect::waiter {

using WaitId = std::int32_t;

/// What the answer of Watch() and Arm() means.
enum Watched : int {
  kWatching = 0,
  /// An fd of the wait cannot be watched, yet it may be ready: make the real call at once.
  kLookNow = 1,
};

/// Thread: JS, for every function; one environment has one of each kind.
class Waiter {
 public:
  virtual ~Waiter() = default;

  /// From now on `id` watches `fd` for `events`, in poll(2)'s bits; an earlier mask is replaced. On
  /// an armed wait it takes effect at once. `is_own`: the fd belongs to the object that waits,
  /// which says when it closes it. Returns a Watched, or -errno.
  virtual int Watch(WaitId id, int fd, std::uint16_t events, bool is_own) = 0;

  virtual void Unwatch(WaitId id, int fd) = 0;

  /// From now on `id` is collected once, as soon as one of its fds may be ready, also where that is
  /// so already. Returns a Watched, or -errno: then the wait is not armed.
  virtual int Arm(WaitId id) = 0;

  /// The real call has found nothing: `id`, which was collected, goes on waiting.
  virtual void Rearm(WaitId id) = 0;

  /// `id` is not collected any more; what it watches is kept for the next Arm().
  virtual void Disarm(WaitId id) = 0;

  /// Forgets `id`. An fd of it may be closed from then on without any consequence.
  virtual void End(WaitId id) = 0;

  /// `fd` is about to be closed, and its number may stand for another file soon.
  virtual void Forget(int fd) = 0;

  /// Takes everything out of the sets of the kernel; each armed wait has to be armed again.
  virtual void ForgetAll() {}

  /// Writes the armed waits that watch `fd` to `ids`, at most `limit`: `id`, or ~`id` where the
  /// wait watches nothing else. Returns how many there are, which may be more than `limit`.
  virtual std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) = 0;

  /// Moves at most `limit` armed waits that may be ready to `ids`, each once; returns how many.
  /// Fewer than `limit` are all there are. They are not armed any more.
  virtual std::size_t Collect(WaitId* ids, std::size_t limit) = 0;

  /// Whether a wait is armed.
  virtual bool IsWaiting() = 0;
};

}  // namespace fdselect::waiter
