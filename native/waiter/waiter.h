// The interface of the waiters: they watch the fds of asynchronous waits (pollAsync() and the like)
// for one environment.
//
// A wait is an id that JavaScript has chosen, and the fds that it watches. When one of them may be
// ready, the wait is collected. JavaScript then makes the real call with timeout 0, and only its
// answer counts: a false alarm costs one system call. So a waiter may report too much, but never
// too little, and never the same false alarm for ever.
//
// This folder does not use Node: it is compiled and tested, with the sanitizers, by itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fdselect::waiter {

using WaitId = std::int32_t;

/// The results of Watch() and Arm().
enum Watched : int {
  kWatching = 0,
  /// An fd of the wait cannot be watched, but may be ready: make the real call at once.
  kLookNow = 1,
};

/// Each environment has its own. Thread: JS, for every function.
class Waiter {
 public:
  virtual ~Waiter() = default;

  /// Makes `id` watch `fd` for `events`, in poll(2)'s bits; replaces an earlier mask. If the wait
  /// is armed, it takes effect at once. `is_own`: the fd belongs to the object that waits, which
  /// calls Forget() before it closes it. Returns a Watched, or -errno.
  virtual int Watch(WaitId id, int fd, std::uint16_t events, bool is_own) = 0;

  virtual void Unwatch(WaitId id, int fd) = 0;

  /// Starts the wait: `id` will be collected once, as soon as one of its fds may be ready, or at
  /// once if one is. Returns a Watched; or -errno, and then the wait is not armed.
  virtual int Arm(WaitId id) = 0;

  /// Continues the wait `id`, which was collected although the real call found nothing. Returns
  /// kWatching; or -errno, and then the wait is not armed.
  virtual int Rearm(WaitId id) = 0;

  /// Stops the wait: `id` will not be collected. What it watches is kept for the next Arm().
  virtual void Disarm(WaitId id) = 0;

  /// Removes `id` and what it watches. Its fds may be closed afterwards.
  virtual void End(WaitId id) = 0;

  /// Call it before `fd` is closed: its number may soon be another file's.
  virtual void Forget(int fd) = 0;

  /// Removes all fds from the kernel's sets; each armed wait must be armed again.
  virtual void ForgetAll() {}

  /// Writes the armed waits that watch `fd` to `ids`, at most `limit`: the id, or ~id if the wait
  /// watches only this fd. Returns how many there are, which may be more than `limit`.
  virtual std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) = 0;

  /// Writes the armed waits that may be ready to `ids`, at most `limit`, each once, and disarms
  /// them. Returns how many; fewer than `limit` means that there are no more.
  virtual std::size_t Collect(WaitId* ids, std::size_t limit) = 0;

  /// Whether a wait is armed.
  virtual bool IsWaiting() = 0;
};

}  // namespace fdselect::waiter
