// Reads and writes that do not block on an fd whose O_NONBLOCK is clear (POSIX; better on Linux).
#include "nowait.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "event_fd.h"
#include "io.h"
#include "poll.h"
#include "result.h"

namespace fdselect::sys {

namespace {

struct Parts {
  const iovec* list;
  int count;
};

/// The calls of one direction.
struct Direction {
  short events;
  int other_mode;  // the access mode that forbids this direction
  int mode;
  ssize_t (*plain)(int fd, const iovec* parts, int count);
  ssize_t (*message)(int fd, const iovec* parts, int count);
  long system_call;  // preadv2(2), pwritev2(2)
};

ssize_t Receive(int fd, const iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
  return ::recvmsg(fd, &message, MSG_DONTWAIT);
}

ssize_t Send(int fd, const iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
#if defined(MSG_NOSIGNAL) && !defined(FDSELECT_PORTABLE)
  return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
#else
  return ::sendmsg(fd, &message, MSG_DONTWAIT);
#endif
}

#ifdef __linux__
constexpr long kReadCall = SYS_preadv2;
constexpr long kWriteCall = SYS_pwritev2;
#else
constexpr long kReadCall = 0;
constexpr long kWriteCall = 0;
#endif

constexpr Direction kRead{POLLIN, O_WRONLY, O_RDONLY, ::readv, Receive, kReadCall};
constexpr Direction kWrite{POLLOUT, O_RDONLY, O_WRONLY, ::writev, Send, kWriteCall};

int Plain(int fd, const Direction& direction, Parts parts) {
  const int result = Retried([&] { return direction.plain(fd, parts.list, parts.count); });
  return result == -EWOULDBLOCK ? -EAGAIN : result;
}

/// With RWF_NOWAIT; -EOPNOTSUPP if the file does not support it.
int Flagged(int fd, const Direction& direction, Parts parts) {
#ifdef __linux__
#ifndef RWF_NOWAIT
  constexpr int RWF_NOWAIT = 8;  // linux/fs.h, which the C library's headers may not mention
#endif
  // By number: not every C library has a function for it. An offset of -1 means the file's own.
  const int result = Retried([&] {
    return ::syscall(direction.system_call, fd, parts.list, parts.count, -1L, -1L, RWF_NOWAIT);
  });
  return result == -ENOSYS ? -EOPNOTSUPP : result;
#else
  (void)fd, (void)direction, (void)parts;
  return -EOPNOTSUPP;
#endif
}

/// Through a second open file; -EOPNOTSUPP if the file cannot be opened again.
int Reopened(int fd, const Direction& direction, Parts parts) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const int other = Open(path, direction.mode | O_NONBLOCK | O_NOCTTY, 0);
  if (other < 0) return -EOPNOTSUPP;
  const int result = Plain(other, direction, parts);
  Close(other);
  return result;
}

/// Whether a write that poll(2) allows could wait all the same: that of a value which is too large
/// for an eventfd.
bool IsTooMuch(int fd, const iovec& part) {
  std::uint64_t value = 0;
  if (part.iov_len < sizeof value) return false;
  std::memcpy(&value, part.iov_base, sizeof value);
  return !EventFdHasRoom(fd, value);
}

/// If poll(2) says that the file is ready: transfers at most `most` bytes.
int Polled(int fd, const Direction& direction, Parts parts, std::size_t most) {
  const int ready = WaitFor(fd, direction.events, 0);
  if (ready <= 0) return ready == 0 ? -EAGAIN : ready;
  int first = 0;  // an empty part would make it a call that transfers nothing
  while (first < parts.count - 1 && parts.list[first].iov_len == 0) ++first;
  iovec part = parts.list[first];
  if (part.iov_len <= most && direction.events == POLLIN) return Plain(fd, direction, parts);
  if (part.iov_len > most) part.iov_len = most;
  if (direction.events == POLLOUT && IsTooMuch(fd, part)) return -EAGAIN;
  return Plain(fd, direction, {&part, 1});
}

/// Writes one byte at a time while poll(2) says that there is room. Returns how many, or -EAGAIN.
int ByteByByte(int fd, Parts parts) {
  constexpr int kMost = 4096;
  int written = 0;
  for (int i = 0; i < parts.count; ++i) {
    const auto* bytes = static_cast<const char*>(parts.list[i].iov_base);
    for (std::size_t at = 0; at < parts.list[i].iov_len && written < kMost; ++at) {
      const int ready = WaitFor(fd, POLLOUT, 0);
      const int result = ready > 0 ? Write(fd, bytes + at, 1) : ready == 0 ? -EAGAIN : ready;
      if (result <= 0) return written > 0 ? written : result;
      ++written;
    }
  }
  return written;
}

bool IsPtyMaster(int fd) {
#ifdef TIOCGPTN
  unsigned number = 0;
  return ::ioctl(fd, TIOCGPTN, &number) == 0;
#else
  (void)fd;
  return false;
#endif
}

int Transfer(int fd, const Direction& direction, Parts parts) {
  const int flags = Retried([&] { return ::fcntl(fd, F_GETFL); });
  if (flags < 0) return flags;
  // Checked here, because Reopened() might open the file for the other direction.
  if ((flags & O_ACCMODE) == direction.other_mode) return -EBADF;
  if ((flags & O_NONBLOCK) != 0) return Plain(fd, direction, parts);
  struct stat status{};
  const int found = Retried([&] { return ::fstat(fd, &status); });
  if (found < 0) return found;
  const auto type = status.st_mode & S_IFMT;
  const bool is_write = direction.events == POLLOUT;
  if (type == S_IFREG || type == S_IFDIR || type == S_IFBLK) return Plain(fd, direction, parts);
  if (type == S_IFSOCK) {
    const int result = Retried([&] { return direction.message(fd, parts.list, parts.count); });
    return result == -EWOULDBLOCK ? -EAGAIN : result;
  }
  const bool is_terminal = type == S_IFCHR && ::isatty(fd) == 1;
  // Opening the controlling side through /proc would make a new pseudo-terminal.
  if (is_terminal && IsPtyMaster(fd)) {
    return is_write ? ByteByByte(fd, parts) : Polled(fd, direction, parts, SSIZE_MAX);
  }
  int result = is_terminal ? -EOPNOTSUPP : Flagged(fd, direction, parts);
  if (result == -EOPNOTSUPP && (is_terminal || type == S_IFIFO)) {
    result = Reopened(fd, direction, parts);
  }
  if (result != -EOPNOTSUPP) return result == -EWOULDBLOCK ? -EAGAIN : result;
  std::size_t most = SSIZE_MAX;
  if (is_write && type == S_IFIFO) most = PIPE_BUF;
  if (is_write && is_terminal) return ByteByByte(fd, parts);
  return Polled(fd, direction, parts, most);
}

}  // namespace

int ReadNoWait(int fd, const iovec* parts, int count) {
  return Transfer(fd, kRead, {parts, count});
}

int WriteNoWait(int fd, const iovec* parts, int count) {
  return Transfer(fd, kWrite, {parts, count});
}

}  // namespace fdselect::sys
