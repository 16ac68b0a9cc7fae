// Calls on files by fd: pipe2(2), lseek(2), readv(2), sendfile(2), splice(2), memfd_create(2) and
// others.
#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#endif

#include "io.h"
#include "result.h"

namespace fdselect::sys {

int Pipe2(int flags, std::array<int, 2>& fds) {
#ifdef __linux__
  return Once([&] { return ::pipe2(fds.data(), flags | O_CLOEXEC); });
#else
  if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0) return -EINVAL;
  const int made = Pipe(fds);
  if (made < 0 || (flags & O_NONBLOCK) == 0) return made;
  for (const int fd : fds) SetBlocking(fd, false);
  return made;
#endif
}

int GetInheritable(int fd) {
  const int flags = Retried([&] { return ::fcntl(fd, F_GETFD); });
  if (flags < 0) return flags;
  return (flags & FD_CLOEXEC) == 0 ? 1 : 0;
}

int SetInheritable(int fd, bool inheritable) {
  const int flags = Retried([&] { return ::fcntl(fd, F_GETFD); });
  if (flags < 0) return flags;
  const int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
  return Retried([&] { return ::fcntl(fd, F_SETFD, wanted); });
}

int Seek(int fd, std::int64_t offset, int whence, std::int64_t& position) {
  const off_t moved = ::lseek(fd, offset, whence);
  const int error = errno;
  if (moved < 0) return -error;
  position = moved;
  return 0;
}

int ReadVector(int fd, const iovec* parts, int count) {
  return Retried([&] { return ::readv(fd, parts, count); });
}

int WriteVector(int fd, const iovec* parts, int count) {
  return Retried([&] { return ::writev(fd, parts, count); });
}

int MakeFifo(const char* path, unsigned mode) {
  return Retried([&] { return ::mkfifo(path, static_cast<mode_t>(mode)); });
}

int FileMode(int fd) {
  struct stat status{};
  const int result = Retried([&] { return ::fstat(fd, &status); });
  return result < 0 ? result : static_cast<int>(status.st_mode);
}

#ifdef __linux__

int SendFile(int out, int in, off_t* offset, std::size_t count) {
  return Retried([&] { return ::sendfile(out, in, offset, count); });
}

int Splice(int in, off_t* in_offset, int out, off_t* out_offset, std::size_t count,
           unsigned flags) {
  static_assert(sizeof(off_t) == sizeof(loff_t), "the same type under two names");
  return Retried([&] {
    return ::splice(in, reinterpret_cast<loff_t*>(in_offset), out,
                    reinterpret_cast<loff_t*>(out_offset), count, flags);
  });
}

unsigned SpliceNonblock() { return SPLICE_F_NONBLOCK; }

int MemoryFile(const char* name, unsigned flags) {
  // By number: older C libraries have no function for this system call.
  return Once([&] { return ::syscall(SYS_memfd_create, name, flags | MFD_CLOEXEC); });
}

#else

int SendFile(int /*out*/, int /*in*/, off_t* /*offset*/, std::size_t /*count*/) { return -ENOSYS; }

int Splice(int /*in*/, off_t* /*in_offset*/, int /*out*/, off_t* /*out_offset*/,
           std::size_t /*count*/, unsigned /*flags*/) {
  return -ENOSYS;
}

unsigned SpliceNonblock() { return 0; }

int MemoryFile(const char* /*name*/, unsigned /*flags*/) { return -ENOSYS; }

#endif

}  // namespace fdselect::sys
