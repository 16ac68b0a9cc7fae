// Interrupts a wait that blocks a worker when the worker is terminated (Node on Linux).
#pragma once

#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "../sys/deadline.h"
#include "../sys/owned_fd.h"

namespace fdselect::binding {

/// `worker.terminate()`, and `process.exit()` in the main thread, wait until the worker's thread
/// returns to JavaScript, and cannot interrupt a system call. But they wake the worker's libuv
/// loop, and that makes the loop's own fd ready. So a blocking wait also watches that fd. A message
/// to the worker makes the fd ready too, until the loop runs; so it is watched edge-triggered, in
/// an epoll set.
///
/// Thread: JS, for every function.
class Termination {
 public:
  /// Starts watching the environment's loop. `probe` is a JavaScript function that does nothing:
  /// calling it fails in an environment that is being terminated. Returns 0; or -ENOSYS in the main
  /// thread and without libuv: then waits are not interrupted.
  int Watch(napi_env env, napi_value probe);

  /// Becomes readable when the worker may be terminated; -1 before Watch() succeeds.
  int fd() const { return fd_.get(); }

  /// Splits a wait into pieces, between which it checks for termination. `wait(timeout,
  /// interrupted)` waits for `timeout` units of `unit_ns` nanoseconds (negative: for ever), also
  /// for fd(). It returns how many other fds are ready, or -errno, and sets `interrupted` if fd()
  /// is ready. Returns the result of the last piece; or nullopt if the environment is being
  /// terminated: then an exception is pending, and the caller must return to JavaScript at once.
  template <class Wait>
  std::optional<int> Interruptibly(napi_env env, std::int64_t timeout, std::int64_t unit_ns,
                                   Wait wait) {
    bool interrupted = false;
    if (!fd_ || timeout == 0) return wait(timeout, interrupted);
    if (is_terminating_) return std::nullopt;
    const auto deadline = sys::Deadline::After(timeout, unit_ns);
    // libuv may signal its loop only once until the loop runs. If that signal was something else,
    // there is no second one for the termination: from then on it is checked every 100 ms, in
    // later waits too.
    const std::int64_t longest = kPieceNanoseconds / unit_ns;
    std::int64_t piece = timeout;
    if (IsSignalled() && (timeout < 0 || timeout > longest)) piece = longest;
    for (;;) {
      interrupted = false;
      const int result = wait(piece, interrupted);
      if (result != 0 || (!interrupted && deadline.HasPassed())) return result;
      if (IsTerminating(env)) return std::nullopt;
      piece = longest;
      if (!deadline.IsNever()) {
        piece = std::min(piece, (deadline.RemainingNanoseconds() + unit_ns - 1) / unit_ns);
      }
    }
  }

 private:
  static constexpr std::int64_t kPieceNanoseconds = 100 * sys::Deadline::kNanosecondsPerMillisecond;

  bool IsTerminating(napi_env env);
  bool IsSignalled();

  sys::OwnedFd fd_;
  int loop_fd_ = -1;  // SAFETY: the environment's loop owns it and lives longer
  // The loop's signal has interrupted a wait, and the loop may not have run since.
  bool was_signalled_ = false;
  // JavaScript continues until V8 next checks for interrupts, and may make another wait before. The
  // loop gives no second signal then.
  bool is_terminating_ = false;
  napi_ref probe_ = nullptr;  // deleted with the environment
};

}  // namespace fdselect::binding
