// Signals as a readable file descriptor (POSIX): sigaction(2).
//
// A disposition belongs to the process, and a handler gets only the signal's number. So signals.cc
// needs process-wide state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fdselect::sys {

/// While it lives, its fd is readable as long as one of its signals has arrived and was not read.
/// Any thread may receive the signal, also in the middle of a blocking call.
class SignalPipe {
 public:
  SignalPipe() = default;
  virtual ~SignalPipe() = default;

  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  virtual int fd() const = 0;

  /// Writes the numbers of the signals that have arrived, in order; never blocks. Returns how many.
  virtual int Read(std::uint8_t* numbers, std::size_t size) = 0;

  /// Installs the handler again if other code has replaced it. Returns 0 or -errno.
  virtual int Keep() { return 0; }
};

/// Opens a pipe with our own signal handlers, for runtimes without libuv. Our handler also calls
/// the one that was installed before. When the last pipe of a signal is closed, the former handler
/// is restored, unless other code has replaced ours. Returns 0; -EINVAL for a signal that
/// CanBeCaught() refuses; -ENOSPC if all 256 routes are in use; or the error of pipe(2).
int OpenSignalPipe(const std::vector<int>& signals, std::unique_ptr<SignalPipe>& opened);

/// Whether a handler for the signal may return: not after a fault, such as SIGSEGV.
bool CanBeCaught(int signal);

/// Stores the dispositions of all signals. Only the first call in the process has an effect.
void RememberDispositions();

/// Call it after libuv has installed its handler. If that handler was already installed when the
/// dispositions were stored, it is not a former state to restore: the default action is stored.
void ForgetIfInstalled(int signal);

/// If a signal has its default action, restores the stored disposition. When its last handler is
/// closed, libuv sets the default action; but the runtime had set SIGPIPE to be ignored, and SIGINT
/// to a handler that restores the terminal.
void RestoreIfDefault(int signal);

}  // namespace fdselect::sys
