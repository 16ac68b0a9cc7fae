// Terminals and pseudo-terminals (POSIX): isatty(3), ttyname(3), pty(7), termios(3).
#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "io.h"
#include "result.h"

namespace fdselect::sys {

int IsTerminal(int fd) { return ::isatty(fd) == 1 ? 1 : 0; }

int TerminalName(int fd, char* name, std::size_t size) { return -::ttyname_r(fd, name, size); }

namespace {

/// The path of the terminal of the pseudo-terminal whose controlling side is `master`.
int SlaveName(int master, char* name, std::size_t size) {
#ifdef __linux__
  return -::ptsname_r(master, name, size);
#else
  const int result = ::ptsname_r(master, name, size);
  return result < 0 ? -errno : result;
#endif
}

int OpenSlave(int master) {
  const int granted = Once([&] { return ::grantpt(master); });
  if (granted < 0) return granted;
  const int unlocked = Once([&] { return ::unlockpt(master); });
  if (unlocked < 0) return unlocked;
  char name[PATH_MAX];
  const int named = SlaveName(master, name, sizeof name);
  if (named < 0) return named;
  return Open(name, O_RDWR | O_NOCTTY, 0);
}

}  // namespace

int OpenPty(std::array<int, 2>& fds) {
  const int master = Retried([&] { return ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC); });
  if (master < 0) return master;
  const int slave = OpenSlave(master);
  if (slave < 0) {
    Close(master);
    return slave;
  }
  fds = {master, slave};
  return 0;
}

int GetAttributes(int fd, termios& attributes) {
  return Retried([&] { return ::tcgetattr(fd, &attributes); });
}

int SetAttributes(int fd, int when, const termios& attributes) {
  return Retried([&] { return ::tcsetattr(fd, when, &attributes); });
}

int GetWindowSize(int fd, WindowSize& size) {
  winsize found{};
  const int result = Retried([&] { return ::ioctl(fd, TIOCGWINSZ, &found); });
  size = {found.ws_row, found.ws_col};
  return result;
}

int SetWindowSize(int fd, WindowSize size) {
  winsize wanted{};
  const int result = Retried([&] { return ::ioctl(fd, TIOCGWINSZ, &wanted); });
  if (result < 0) return result;
  wanted.ws_row = size.rows;
  wanted.ws_col = size.columns;
  return Retried([&] { return ::ioctl(fd, TIOCSWINSZ, &wanted); });
}

int ControlLine(int fd, LineControl what, int argument) {
  return Retried([&] {
    switch (what) {
      case LineControl::kDrain:
        return ::tcdrain(fd);
      case LineControl::kFlow:
        return ::tcflow(fd, argument);
      case LineControl::kFlush:
        return ::tcflush(fd, argument);
      default:
        return ::tcsendbreak(fd, argument);
    }
  });
}

}  // namespace fdselect::sys
