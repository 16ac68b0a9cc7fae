// Signals as bytes in a pipe (POSIX): sigaction(2).
//
// A disposition belongs to the process, and a handler gets nothing but the signal's number, so
// this is the one file of native/ with process-wide state: a fixed table of (signal, fd).
#pragma once

#include <memory>
#include <vector>

namespace fdselect::sys {

/// While it lives, each of its signals writes its number as one byte to a pipe, whichever thread
/// it hits, also in the middle of a blocking call. Several may want the same signal: each gets it.
class SignalPipe {
 public:
  /// Returns 0; -EINVAL for a signal that cannot be caught or whose handler may not return (a
  /// fault repeats); -ENOSPC when 256 routes are in use; or what pipe(2) says.
  static int Open(const std::vector<int>& signals, std::unique_ptr<SignalPipe>& opened);

  /// Drops what has not been read. A signal that no other pipe wants gets back the disposition
  /// that it had before, unless somebody has set another one since.
  ~SignalPipe();

  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  /// The reading end, non-blocking.
  int fd() const { return read_fd_; }

 private:
  SignalPipe(int read_fd, int write_fd) : read_fd_(read_fd), write_fd_(write_fd) {}

  int read_fd_;
  int write_fd_;
};

}  // namespace fdselect::sys
