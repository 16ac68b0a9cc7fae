// fcntl(2) and ioctl(2) with any command, and flock(2) (POSIX).
#include "control.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "result.h"

namespace fdselect::sys {

namespace {

/// Repeats the call while it fails with EINTR. A negative result is an error only if errno was set:
/// F_GETOWN returns a process group as a negative number.
template <class Call>
int WithValue(Call call, int& value) {
  for (;;) {
    errno = 0;
    const int result = call();
    const int error = errno;
    if (result < 0 && error == EINTR) continue;
    if (result < 0 && error != 0) return -error;
    value = result;
    return 0;
  }
}

}  // namespace

int Fcntl(int fd, int command, long argument, int& value) {
  return WithValue([&] { return ::fcntl(fd, command, argument); }, value);
}

int Fcntl(int fd, int command, void* argument, int& value) {
  return WithValue([&] { return ::fcntl(fd, command, argument); }, value);
}

int Ioctl(int fd, unsigned long request, long argument, int& value) {
  return WithValue([&] { return ::ioctl(fd, request, argument); }, value);
}

int Ioctl(int fd, unsigned long request, void* argument, int& value) {
  return WithValue([&] { return ::ioctl(fd, request, argument); }, value);
}

int Flock(int fd, int operation) {
  return Retried([&] { return ::flock(fd, operation); });
}

int Lockf(int fd, int command, const Record& record) {
  struct flock lock{};
  lock.l_type = static_cast<decltype(lock.l_type)>(record.type);
  lock.l_whence = static_cast<decltype(lock.l_whence)>(record.whence);
  lock.l_start = static_cast<decltype(lock.l_start)>(record.start);
  lock.l_len = static_cast<decltype(lock.l_len)>(record.length);
  return Retried([&] { return ::fcntl(fd, command, &lock); });
}

int NonblockingCommand(int command) {
  if (command == F_SETLKW) return F_SETLK;
#ifdef F_OFD_SETLKW
  if (command == F_OFD_SETLKW) return F_OFD_SETLK;
#endif
  return command;
}

int FlockNonblock() { return LOCK_NB; }

}  // namespace fdselect::sys
