// A readable fd that any thread can make ready: eventfd(2) on Linux, kqueue(2) elsewhere.
#include "waker.h"

#if defined(__linux__) || defined(FDSELECT_PORTABLE)
#include <sys/eventfd.h>

#include "nowait.h"
#else
#include <sys/event.h>

#include "io.h"
#endif

#include "result.h"

namespace fdselect::sys {

#if defined(__linux__) || defined(FDSELECT_PORTABLE)

int WakerOpen() {
  return Once([] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
}

// Without waiting, also on an fd that lacks EFD_NONBLOCK: Waker.fromfd() takes any fd, and a number
// that the program has closed may belong to another file by now.

int WakerWake(int fd) {
  eventfd_t one = 1;
  const iovec part{&one, sizeof one};
  // EAGAIN: the counter is at its maximum, so the fd is ready already.
  const int written = WriteNoWait(fd, &part, 1);
  return written < 0 && written != -EAGAIN ? written : 0;
}

int WakerClear(int fd) {
  eventfd_t count = 0;
  const iovec part{&count, sizeof count};
  // EAGAIN: it was not ready.
  const int read = ReadNoWait(fd, &part, 1);
  return read < 0 && read != -EAGAIN ? read : 0;
}

#else

namespace {

constexpr uintptr_t kIdent = 0;

int Change(int fd, unsigned short flags, unsigned int fflags) {
  struct kevent change{};
  EV_SET(&change, kIdent, EVFILT_USER, flags, fflags, 0, nullptr);
  return Retried([&] { return ::kevent(fd, &change, 1, nullptr, 0, nullptr); });
}

}  // namespace

int WakerOpen() {
  const int fd = Once([] { return ::kqueue(); });
  if (fd < 0) return fd;
  SetCloseOnExec(fd);
  const int added = Change(fd, EV_ADD | EV_CLEAR, NOTE_FFNOP);
  if (added >= 0) return fd;
  Close(fd);
  return added;
}

int WakerWake(int fd) { return Change(fd, 0, NOTE_TRIGGER); }

int WakerClear(int fd) {
  struct kevent event{};
  const timespec at_once{};
  const int received = Retried([&] { return ::kevent(fd, nullptr, 0, &event, 1, &at_once); });
  return received < 0 ? received : 0;
}

#endif

}  // namespace fdselect::sys
