// Waiting for child processes: waitpid(2) (POSIX), pidfd_open(2) (Linux).
#pragma once

#include <array>

namespace fdselect::sys {

/// waitpid(2): the child's pid; 0 with WNOHANG if no child has changed its state.
int WaitPid(int pid, int options, int& status);

/// An fd that becomes readable when the process ends; close-on-exec. Linux; -ENOSYS elsewhere.
int PidFdOpen(int pid, unsigned flags);

/// A wait status, decoded by the macros of waitpid(2).
struct WaitStatus {
  bool has_exited, was_signaled, is_stopped, is_continued, dumped_core;
  int exit_status, term_signal, stop_signal;
};

WaitStatus DecodeWaitStatus(int status);

}  // namespace fdselect::sys
