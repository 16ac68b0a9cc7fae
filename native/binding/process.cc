// The binding functions of waitpid(2) and pidfd_open(2).
#include "../sys/process.h"

#include <sys/wait.h>

#include "../sys/owned_fd.h"
#include "addon.h"
#include "arguments.h"
#include "blocking.h"

namespace fdselect::binding {

namespace {

std::optional<int> WaitForChild(const Napi::CallbackInfo& info, int pid, int options, int& status) {
  const bool waits = (options & WNOHANG) == 0;
  if (!waits || !IsInterruptible(info)) return sys::WaitPid(pid, options, status);
  // A pidfd reports the end of one child. No fd reports a stop, or the end of any of several.
  const bool is_end_of_one = pid > 0 && (options & (WUNTRACED | WCONTINUED)) == 0;
  const sys::OwnedFd end(is_end_of_one ? sys::PidFdOpen(pid, 0) : -1);
  return UntilReady(info, end ? end.get() : -1, POLLIN, -1, [&] {
    const int child = sys::WaitPid(pid, options | WNOHANG, status);
    return child == 0 ? -EAGAIN : child;
  });
}

// waitpid(pid, options, status: array of 1): returns the child's pid.
Napi::Value WaitPid(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int pid = arguments.Int(0, "pid");
  const int options = arguments.Int(1, "options");
  Napi::Array out = arguments.Array(2, "status");
  if (arguments.Failed()) return {};
  int status = 0;
  const auto child = WaitForChild(info, pid, options, status);
  if (child) SetElement(out, 0, Result(info.Env(), status));
  return Returned(info.Env(), child);
}

// pidfdOpen(pid, flags)
Napi::Value PidFdOpen(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int pid = arguments.Int(0, "pid");
  const std::int64_t flags = arguments.Long(1, "flags");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::PidFdOpen(pid, static_cast<unsigned>(flags)));
}

// decodeWaitStatus(status, facts): fills the array with the members of sys::WaitStatus, in order.
Napi::Value DecodeWaitStatus(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int status = arguments.Int(0, "status");
  Napi::Array out = arguments.Array(1, "facts");
  if (arguments.Failed()) return {};
  const sys::WaitStatus facts = sys::DecodeWaitStatus(status);
  const std::array<int, 8> values{facts.has_exited,   facts.was_signaled, facts.is_stopped,
                                  facts.is_continued, facts.dumped_core,  facts.exit_status,
                                  facts.term_signal,  facts.stop_signal};
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    SetElement(out, i, Result(info.Env(), values[i]));
  }
  return Result(info.Env(), 0);
}

}  // namespace

void ExportProcess(Napi::Object exports, Addon* addon) {
  Export<WaitPid>(exports, "waitpid", addon);
  Export<PidFdOpen>(exports, "pidfdOpen", addon);
  Export<DecodeWaitStatus>(exports, "decodeWaitStatus", addon);
}

}  // namespace fdselect::binding
