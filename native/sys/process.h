// Waiting for child processes: waitpid(2) (POSIX), pidfd_open(2) (Linux).
#pragma once

#include <array>

namespace fdselect::sys {

/// waitpid(2): the child's number, or 0 with WNOHANG where none has changed.
int WaitPid(int pid, int options, int& status);

/// An fd that is readable when the process has ended; close-on-exec. Linux, -ENOSYS elsewhere.
int PidFdOpen(int pid, unsigned flags);

/// What the macros of waitpid(2) say of a status.
struct WaitStatus {
  bool has_exited, was_signaled, is_stopped, is_continued, dumped_core;
  int exit_status, term_signal, stop_signal;
};

WaitStatus DecodeWaitStatus(int status);

}  // namespace fdselect::sys
