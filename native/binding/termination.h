// How a wait that blocks a worker notices that the worker is being terminated (Node on Linux).
#pragma once

#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "../sys/deadline.h"
#include "../sys/owned_fd.h"

namespace fdselect::binding {

/// `worker.terminate()`, and `process.exit()` in the main thread, wait until the worker's thread
/// comes back; nothing can end a system call from outside. But they wake the worker's libuv loop,
/// whose own fd becomes ready by that: a blocking wait watches it besides its fds. That fd also
/// becomes ready when a message comes in and stays so until the loop runs, so it is watched
/// edge-triggered, in an epoll set.
///
/// Thread: JS, for every function.
class Termination {
 public:
  /// Begins to watch the environment's loop. `probe` is a JavaScript function that does nothing: a
  /// call of it fails in an environment that is being terminated. Returns 0; -ENOSYS in the main
  /// thread, and where this cannot be done: then waits are not ended from outside.
  int Watch(napi_env env, napi_value probe);

  /// Readable when the worker may be being terminated; -1 where nothing watches.
  int fd() const { return fd_.get(); }

  /// Makes a wait in pieces. `wait(timeout, interrupted)` waits for `timeout` units of
  /// `unit_ns` nanoseconds (negative: for ever), with fd() among its fds, and returns how many
  /// others are ready, or -errno; where fd() is ready it sets `interrupted`. Returns what it
  /// returned last, or nothing when the environment is being terminated: an exception is pending
  /// then, and the caller has to return to JavaScript at once.
  template <class Wait>
  std::optional<int> Interruptibly(napi_env env, std::int64_t timeout, std::int64_t unit_ns,
                                   Wait wait) {
    bool interrupted = false;
    if (!fd_ || timeout == 0) return wait(timeout, interrupted);
    if (is_terminating_) return std::nullopt;
    const auto deadline = sys::Deadline::After(timeout, unit_ns);
    for (std::int64_t piece = timeout;;) {
      interrupted = false;
      const int result = wait(piece, interrupted);
      if (result != 0 || (!interrupted && deadline.HasPassed())) return result;
      if (IsTerminating(env)) return std::nullopt;
      // libuv signals its loop once until the loop runs: after a first signal, which was something
      // else, there is no second one to wait for.
      piece = kPieceNanoseconds / unit_ns;
      if (!deadline.IsNever()) {
        piece = std::min(piece, (deadline.RemainingNanoseconds() + unit_ns - 1) / unit_ns);
      }
    }
  }

 private:
  static constexpr std::int64_t kPieceNanoseconds = 100 * sys::Deadline::kNanosecondsPerMillisecond;

  bool IsTerminating(napi_env env);

  sys::OwnedFd fd_;
  // JavaScript goes on until V8 next looks for interrupts, and may come here once more before that.
  // The loop gives no second signal then.
  bool is_terminating_ = false;
  napi_ref probe_ = nullptr;  // goes with the environment
};

}  // namespace fdselect::binding
