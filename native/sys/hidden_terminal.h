// A terminal whose echo is off, and is on again however the program ends (POSIX).
#pragma once

#include <memory>

#include "owned_fd.h"

namespace fdselect::sys {

/// While it lives, the terminal does not echo what is typed. The destructor restores the terminal,
/// and so do a signal that ends or stops the process, exit(3), and the end of a worker, which
/// destroys what its environment owns.
///
/// Its signal handlers belong to the process, so there is one at a time.
///
/// Thread: that of the owner; a handler may run in any.
class HiddenTerminal {
 public:
  /// Drops what was typed before. Returns 0; -EBUSY while there is another one; or what
  /// tcgetattr(3), tcsetattr(3), fcntl(2) and pipe(2) say, and nothing has changed.
  static int Open(int fd, std::unique_ptr<HiddenTerminal>& opened);

  ~HiddenTerminal();

  HiddenTerminal(const HiddenTerminal&) = delete;
  HiddenTerminal& operator=(const HiddenTerminal&) = delete;

  /// Readable when a signal has come: the terminal is restored by then.
  int signal_fd() const { return read_end_.get(); }

  /// The number of that signal, or 0. The caller raises it once this object is gone.
  int TakeSignal();

 private:
  HiddenTerminal() = default;

  // A duplicate, so that the number is still this terminal's when it is restored.
  OwnedFd terminal_;
  OwnedFd read_end_;
  OwnedFd write_end_;
  bool is_active_ = false;  // whether the destructor has anything to undo
};

}  // namespace fdselect::sys
