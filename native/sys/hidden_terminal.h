// Turns off a terminal's echo, and turns it on again even if a signal ends the program (POSIX).
#pragma once

#include <memory>

#include "owned_fd.h"

namespace fdselect::sys {

/// While it lives, the terminal does not echo what is typed. The terminal is restored by the
/// destructor, by a signal that ends or stops the process, by exit(3), and at the end of a worker,
/// which destroys what its environment owns.
///
/// Its signal handlers belong to the process, so there can be only one at a time.
///
/// Thread: the owner's; a signal handler may run in any thread.
class HiddenTerminal {
 public:
  /// Discards what was typed before. Returns 0; -EBUSY while another one exists; or the error of
  /// tcgetattr(3), tcsetattr(3), fcntl(2) or pipe(2), and then nothing has changed.
  static int Open(int fd, std::unique_ptr<HiddenTerminal>& opened);

  ~HiddenTerminal();

  HiddenTerminal(const HiddenTerminal&) = delete;
  HiddenTerminal& operator=(const HiddenTerminal&) = delete;

  /// Becomes readable when a signal has arrived and the terminal has been restored.
  int signal_fd() const { return read_end_.get(); }

  /// The number of that signal, or 0. The caller raises it after this object is destroyed.
  int TakeSignal();

 private:
  HiddenTerminal() = default;

  // A duplicate: the program may close its own fd before the terminal is restored.
  OwnedFd terminal_;
  OwnedFd read_end_;
  OwnedFd write_end_;
  bool is_active_ = false;  // whether the destructor has something to undo
};

}  // namespace fdselect::sys
