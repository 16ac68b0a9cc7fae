// The contract of native/sys (POSIX): what every function here returns, and how it calls the
// kernel.
//
// - A function returns a value >= 0, or -errno. Nothing throws; nothing prints; no Node, no libuv.
// - errno is saved in the statement after the call, before anything can overwrite it.
// - EINTR never reaches the caller: a call is made again, a wait with the time that is left of a
//   monotonic deadline (PEP 475). close(2) and connect(2) are the documented exceptions.
// - A new fd has FD_CLOEXEC set, so that a child process never inherits it by accident.
// - There is no global state, with exceptions that the kernel forces: signals.cc, as a disposition
// is
//   the process's; fd_owner.cc and the lock in socket.cc, as fd numbers are.
#pragma once

#include <cerrno>

namespace fdselect::sys {

/// Makes the system call `call()` and returns its value, or -errno.
template <class Call>
int Once(Call call) {
  const auto result = call();
  const int error = errno;
  return result < 0 ? -error : static_cast<int>(result);
}

/// Makes the system call `call()`, again as long as a signal interrupts it.
template <class Call>
int Retried(Call call) {
  for (;;) {
    const int result = Once(call);
    if (result != -EINTR) return result;
  }
}

}  // namespace fdselect::sys
