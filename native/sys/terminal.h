// Terminals and pseudo-terminals (POSIX): isatty(3), ttyname(3), pty(7), termios(3).
#pragma once

#include <termios.h>

#include <array>
#include <cstddef>

namespace fdselect::sys {

/// 1 or 0.
int IsTerminal(int fd);

/// Writes the terminal's path, NUL-terminated.
int TerminalName(int fd, char* name, std::size_t size);

/// A new pseudo-terminal: fds[0] is the controlling side, fds[1] the terminal. Both are
/// close-on-exec, and neither becomes the controlling terminal of this process.
int OpenPty(std::array<int, 2>& fds);

int GetAttributes(int fd, termios& attributes);
int SetAttributes(int fd, int when, const termios& attributes);

struct WindowSize {
  unsigned short rows;
  unsigned short columns;
};

int GetWindowSize(int fd, WindowSize& size);
/// Does not change the size in pixels.
int SetWindowSize(int fd, WindowSize size);

/// Which of tcdrain(3), tcflow(3), tcflush(3) and tcsendbreak(3) ControlLine() calls.
enum class LineControl { kDrain, kFlow, kFlush, kSendBreak };

int ControlLine(int fd, LineControl what, int argument);

}  // namespace fdselect::sys
