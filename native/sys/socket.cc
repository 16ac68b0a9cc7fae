// Sockets: socket(2), connect(2), accept(2), recv(2), send(2) and their relatives (POSIX).
#include "socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "deadline.h"
#include "io.h"
#include "poll.h"
#include "result.h"

namespace fdselect::sys {

namespace {

// A write to a peer that is gone is an EPIPE, never a signal that ends the process.
#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // Node ignores SIGPIPE
#endif

// Makes `call()`, after waiting for `events` where there is a timeout. Readiness may be false
// (another process took the data, a checksum failed): then it waits again for the rest.
template <class Call>
int WhenReady(int fd, short events, const Deadline& deadline, Call call) {
  for (;;) {
    if (!deadline.IsNever()) {
      const int ready = WaitFor(fd, events, deadline.RemainingMilliseconds());
      if (ready < 0) return ready;
      if (ready == 0) {
        if (deadline.HasPassed()) return -ETIMEDOUT;
        continue;
      }
    }
    const int result = Retried(call);
    if (deadline.IsNever() || (result != -EAGAIN && result != -EWOULDBLOCK)) return result;
    // poll(2) may say "ready" for ever: of a Unix datagram socket whose receiver has no room.
    if (deadline.HasPassed()) return -ETIMEDOUT;
  }
}

template <class Call>
int WhenReady(int fd, short events, std::int64_t timeout_ms, Call call) {
  return WhenReady(fd, events, Deadline::AfterMilliseconds(timeout_ms), call);
}

int PendingError(int fd) {
  int error = 0;
  const int got = GetOption(fd, SOL_SOCKET, SO_ERROR, &error, sizeof error);
  return got < 0 ? got : -error;
}

int AcceptCloseOnExec(int fd, SocketAddress& peer, bool is_non_blocking) {
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
}

}  // namespace

int OpenSocket(int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
  return Once([&] { return ::socket(family, type | SOCK_CLOEXEC, protocol); });
#else
  const int fd = Once([&] { return ::socket(family, type, protocol); });
  if (fd >= 0) SetCloseOnExec(fd);
  return fd;
#endif
}

int OpenSocketPair(int family, int type, int protocol, std::array<int, 2>& fds) {
#ifdef SOCK_CLOEXEC
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

int Connect(int fd, const SocketAddress& address, std::int64_t timeout_ms) {
  const int result = Once([&] { return ::connect(fd, address.get(), address.length); });
  const bool goes_on = result == -EINTR || (result == -EINPROGRESS && timeout_ms >= 0);
  if (!goes_on) return result;
  // connect(2): an interrupted or non-blocking connect goes on by itself and cannot be made
  // again; the socket becomes writable when it has ended, and SO_ERROR says how.
  const int ready =
      WaitFor(fd, POLLOUT, Deadline::AfterMilliseconds(timeout_ms).RemainingMilliseconds());
  if (ready < 0) return ready;
  return ready == 0 ? -ETIMEDOUT : PendingError(fd);
}

int Accept(int fd, SocketAddress& peer, bool is_non_blocking, std::int64_t timeout_ms) {
  return WhenReady(fd, POLLIN, timeout_ms,
                   [&] { return AcceptCloseOnExec(fd, peer, is_non_blocking); });
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

int Receive(int fd, void* buffer, std::size_t size, int flags, std::int64_t timeout_ms) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return WhenReady(fd, POLLIN, timeout_ms, [&] { return ::recv(fd, buffer, limit, flags); });
}

int ReceiveFrom(int fd, void* buffer, std::size_t size, int flags, SocketAddress& sender,
                std::int64_t timeout_ms) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return WhenReady(fd, POLLIN, timeout_ms, [&] {
    sender.length = sizeof sender.storage;
    return ::recvfrom(fd, buffer, limit, flags, sender.get(), &sender.length);
  });
}

int Send(int fd, const void* data, std::size_t size, int flags, std::int64_t timeout_ms) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return WhenReady(fd, POLLOUT, timeout_ms,
                   [&] { return ::send(fd, data, limit, flags | kNoSignal); });
}

int SendAll(int fd, const void* data, std::size_t size, int flags, std::int64_t timeout_ms) {
  const auto deadline = Deadline::AfterMilliseconds(timeout_ms);
  const char* next = static_cast<const char*>(data);
  std::size_t left = size;
  do {
    const int sent = WhenReady(fd, POLLOUT, deadline, [&] {
      return ::send(fd, next, std::min(left, kMaxTransfer), flags | kNoSignal);
    });
    if (sent < 0) return sent;
    next += sent;
    left -= static_cast<std::size_t>(sent);
  } while (left > 0);
  return 0;
}

int SendTo(int fd, const void* data, std::size_t size, int flags, const SocketAddress& receiver,
           std::int64_t timeout_ms) {
  const std::size_t limit = std::min(size, kMaxTransfer);
  return WhenReady(fd, POLLOUT, timeout_ms, [&] {
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

}  // namespace fdselect::sys
