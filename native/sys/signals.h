// Signals as a readable file descriptor (POSIX): sigaction(2).
//
// A disposition belongs to the process, and a handler gets nothing but the signal's number, so
// signals.cc is the one file of native/ with process-wide state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fdselect::sys {

/// While it lives, its fd is readable as long as one of its signals has come and was not read,
/// whichever thread the signal hits, also in the middle of a blocking call.
class SignalPipe {
 public:
  SignalPipe() = default;
  virtual ~SignalPipe() = default;

  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  virtual int fd() const = 0;

  /// Writes the numbers of signals that have come, in their order; never blocks. Returns how many.
  virtual int Read(std::uint8_t* numbers, std::size_t size) = 0;

  /// Makes sure that the signals still come here. Returns 0 or -errno.
  virtual int Keep() { return 0; }
};

/// Opens a pipe on handlers of our own, for runtimes without libuv. A handler that was there is
/// called too. The last pipe of a signal puts back what was there, unless another handler has been
/// set since. Returns 0; -EINVAL for a signal that CanBeCaught() refuses; -ENOSPC when 256
/// routes are in use; or what pipe(2) says.
int OpenSignalPipe(const std::vector<int>& signals, std::unique_ptr<SignalPipe>& opened);

/// Whether a handler for the signal may return: after a fault (SIGSEGV …) it may not.
bool CanBeCaught(int signal);

/// Notes the dispositions of all signals, the first time that it is called in the process.
void RememberDispositions();

/// To be called when a handler that others share is installed: where it was installed before, too,
/// it is nothing to put back once nobody uses it any more.
void ForgetIfInstalled(int signal);

/// Gives a signal that is back at its default action the disposition that was remembered. The
/// runtime has set SIGPIPE to be ignored and SIGINT to restore the terminal, and libuv, which ends
/// a handler by setting the default action, does not know that.
void RestoreIfDefault(int signal);

}  // namespace fdselect::sys
