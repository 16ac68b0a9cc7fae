// The contract of native/sys (POSIX): what every function here returns, and how it calls the
// kernel.
//
// - A function returns a value >= 0, or -errno. Nothing throws; nothing prints; no Node, no libuv.
// - errno is saved in the statement after the call, before anything can overwrite it.
// - EINTR never reaches the caller: the call is repeated; a wait is repeated with the time that
//   remains until a monotonic deadline (PEP 475). close(2) and connect(2) are the exceptions.
// - A new fd has FD_CLOEXEC set, so that a child process never inherits it by accident.
// - No global state, except where the kernel's own state is: signal dispositions (signals.cc,
//   hidden_terminal.cc) and fd numbers (fd_owner.cc, the lock in socket.cc).
#pragma once

#include <cerrno>

namespace fdselect::sys {

/// Makes the system call `call()` once and returns its value, or -errno.
template <class Call>
int Once(Call call) {
  const auto result = call();
  const int error = errno;
  return result < 0 ? -error : static_cast<int>(result);
}

/// Makes the system call `call()` and repeats it while it fails with EINTR.
template <class Call>
int Retried(Call call) {
  for (;;) {
    const int result = Once(call);
    if (result != -EINTR) return result;
  }
}

}  // namespace fdselect::sys
