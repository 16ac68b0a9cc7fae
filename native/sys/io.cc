// Pipes, duplicates and flags of file descriptors: pipe(2), dup(2), fcntl(2) (POSIX).
#include "io.h"

#include <fcntl.h>
#include <unistd.h>

#include "result.h"

namespace fdselect::sys {

int Pipe(std::array<int, 2>& fds) {
#ifdef __linux__
  return Once([&] { return ::pipe2(fds.data(), O_CLOEXEC); });
#else
  const int made = Once([&] { return ::pipe(fds.data()); });
  if (made < 0) return made;
  for (const int fd : fds) SetCloseOnExec(fd);
  return made;
#endif
}

int Dup(int fd) {
  return Retried([&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); });
}

int Dup2(int fd, int target) {
  return Retried([&] { return ::dup2(fd, target); });
}

int SetBlocking(int fd, bool blocking) {
  const int flags = Retried([&] { return ::fcntl(fd, F_GETFL); });
  if (flags < 0) return flags;
  const int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  if (wanted == flags) return 0;
  return Retried([&] { return ::fcntl(fd, F_SETFL, wanted); });
}

int GetBlocking(int fd) {
  const int flags = Retried([&] { return ::fcntl(fd, F_GETFL); });
  if (flags < 0) return flags;
  return (flags & O_NONBLOCK) == 0 ? 1 : 0;
}

int SetCloseOnExec(int fd) {
  return Retried([&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
}

int Open(const char* path, int flags, unsigned mode) {
  return Retried([&] { return ::open(path, flags | O_CLOEXEC, mode); });
}

int Read(int fd, void* buffer, std::size_t size) {
  return Retried([&] { return ::read(fd, buffer, size); });
}

int Write(int fd, const void* data, std::size_t size) {
  return Retried([&] { return ::write(fd, data, size); });
}

int Close(int fd) {
  const int result = Once([&] { return ::close(fd); });
  return result == -EINTR ? 0 : result;
}

}  // namespace fdselect::sys
