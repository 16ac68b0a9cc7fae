// A readable fd that any thread can make ready: eventfd(2) on Linux, kqueue(2) elsewhere.
#include "waker.h"

#if defined(__linux__) || defined(FDSELECT_PORTABLE)
#include <sys/eventfd.h>
#include <unistd.h>
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

int WakerWake(int fd) {
  // EAGAIN: the counter is at its maximum, so the fd is ready already.
  const int written = Retried([&] { return ::eventfd_write(fd, 1); });
  return written == -EAGAIN ? 0 : written;
}

int WakerClear(int fd) {
  eventfd_t count = 0;
  // EAGAIN: it was not ready.
  const int read = Retried([&] { return ::eventfd_read(fd, &count); });
  return read == -EAGAIN ? 0 : read;
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
