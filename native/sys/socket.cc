// Sockets: socket(2), connect(2), accept(2), recv(2), send(2) and their relatives (POSIX).
#include "socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

#include "io.h"
#include "mutex.h"
#include "poll.h"
#include "result.h"

namespace fdselect::sys {

namespace {

// Writing to a peer that has closed gives EPIPE, never the signal SIGPIPE that ends the process.
#if defined(MSG_NOSIGNAL) && !defined(FDSELECT_PORTABLE)
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // Node ignores SIGPIPE
#endif

// Held from the poll(2) that finds a connection until the accept(2) that takes it. Process-wide, as
// listeners are. Never held while something blocks.
Mutex accept_mutex;

}  // namespace

int OpenSocket(int family, int type, int protocol) {
#if defined(SOCK_CLOEXEC) && !defined(FDSELECT_PORTABLE)
  return Once([&] { return ::socket(family, type | SOCK_CLOEXEC, protocol); });
#else
  const int fd = Once([&] { return ::socket(family, type, protocol); });
  if (fd >= 0) SetCloseOnExec(fd);
  return fd;
#endif
}

int OpenSocketPair(int family, int type, int protocol, std::array<int, 2>& fds) {
#if defined(SOCK_CLOEXEC) && !defined(FDSELECT_PORTABLE)
  return Once([&] { return ::socketpair(family, type | SOCK_CLOEXEC, protocol, fds.data()); });
#else
  const int made = Once([&] { return ::socketpair(family, type, protocol, fds.data()); });
  if (made < 0) return made;
  for (const int fd : fds) SetCloseOnExec(fd);
  return made;
#endif
}

int Bind(int fd, const SocketAddress& address) {
  return Once([&] { return ::bind(fd, address.get(), address.length); });
}

int Listen(int fd, int backlog) {
  return Once([&] { return ::listen(fd, backlog); });
}

int Connect(int fd, const SocketAddress& address) {
  const int result = Once([&] { return ::connect(fd, address.get(), address.length); });
  if (result != -EINTR) return result;
  // The socket becomes writable when the attempt ends, and SO_ERROR holds its result.
  const int ready = WaitFor(fd, POLLOUT, -1);
  return ready < 0 ? ready : PendingError(fd);
}

int ConnectNow(int fd, const SocketAddress& address) {
  const int blocks = GetBlocking(fd);
  if (blocks < 0) return blocks;
  if (blocks == 1) {
    const int set = SetBlocking(fd, false);
    if (set < 0) return set;
  }
  const int result = Once([&] { return ::connect(fd, address.get(), address.length); });
  if (blocks == 1) SetBlocking(fd, true);
  return result;
}

int Accept(int fd, SocketAddress& peer, bool is_non_blocking) {
  return Retried([&] {
    peer.length = sizeof peer.storage;
#ifdef __linux__
    return ::accept4(fd, peer.get(), &peer.length,
                     SOCK_CLOEXEC | (is_non_blocking ? SOCK_NONBLOCK : 0));
#else
    const int accepted = ::accept(fd, peer.get(), &peer.length);
    if (accepted >= 0) {
      SetCloseOnExec(accepted);
      SetBlocking(accepted, !is_non_blocking);  // BSD: inherits the listener's flags
    }
    return accepted;
#endif
  });
}

int AcceptNow(int fd, SocketAddress& peer, bool is_non_blocking) {
  const int blocks = GetBlocking(fd);
  if (blocks < 0) return blocks;
  if (blocks == 0) return Accept(fd, peer, is_non_blocking);
  const Lock lock(accept_mutex);
  const int ready = WaitFor(fd, POLLIN, 0);
  if (ready < 0) return ready;
  // A socket that does not listen is never ready; accept(2) gives the error.
  if (ready == 0 && IntOption(fd, SO_ACCEPTCONN) == 1) return -EAGAIN;
  return Accept(fd, peer, is_non_blocking);
}

int Shutdown(int fd, int how) {
  return Once([&] { return ::shutdown(fd, how); });
}

int GetLocalAddress(int fd, SocketAddress& address) {
  address.length = sizeof address.storage;
  return Once([&] { return ::getsockname(fd, address.get(), &address.length); });
}

int GetPeerAddress(int fd, SocketAddress& address) {
  address.length = sizeof address.storage;
  return Once([&] { return ::getpeername(fd, address.get(), &address.length); });
}

int Receive(int fd, void* buffer, std::size_t size, int flags) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return Retried([&] { return ::recv(fd, buffer, limit, flags); });
}

int ReceiveFrom(int fd, void* buffer, std::size_t size, int flags, SocketAddress& sender) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return Retried([&] {
    sender.length = sizeof sender.storage;
    return ::recvfrom(fd, buffer, limit, flags, sender.get(), &sender.length);
  });
}

int Send(int fd, const void* data, std::size_t size, int flags) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return Retried([&] { return ::send(fd, data, limit, flags | kNoSignal); });
}

int SendTo(int fd, const void* data, std::size_t size, int flags, const SocketAddress& receiver) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return Retried([&] {
    return ::sendto(fd, data, limit, flags | kNoSignal, receiver.get(), receiver.length);
  });
}

int SetOption(int fd, int level, int name, const void* value, std::size_t size) {
  return Once([&] { return ::setsockopt(fd, level, name, value, static_cast<socklen_t>(size)); });
}

int GetOption(int fd, int level, int name, void* value, std::size_t size) {
  auto length = static_cast<socklen_t>(size);
  const int got = Once([&] { return ::getsockopt(fd, level, name, value, &length); });
  return got < 0 ? got : static_cast<int>(length);
}

int IntOption(int fd, int name) {
  int value = 0;
  const int got = GetOption(fd, SOL_SOCKET, name, &value, sizeof value);
  return got < 0 ? got : value;
}

int PendingError(int fd) {
  const int error = IntOption(fd, SO_ERROR);
  return error > 0 ? -error : error;
}

bool BlocksForEver(int fd, short events) {
  timeval limit{};
  const int name = (events & POLLIN) != 0 ? SO_RCVTIMEO : SO_SNDTIMEO;
  return GetBlocking(fd) == 1 && GetOption(fd, SOL_SOCKET, name, &limit, sizeof limit) >= 0 &&
         limit.tv_sec == 0 && limit.tv_usec == 0;
}

}  // namespace fdselect::sys
