// Sockets: socket(2), connect(2), accept(2), recv(2), send(2) and their relatives (POSIX).
//
// `timeout_ms` < 0 makes the plain call: it blocks or gives -EAGAIN as the fd's O_NONBLOCK says.
// `timeout_ms` >= 0 waits with poll(2) first, as CPython does, and gives -ETIMEDOUT when the time
// is over; the fd is expected to be non-blocking then, so that a false readiness cannot block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "address.h"

namespace fdselect::sys {

int OpenSocket(int family, int type, int protocol);
int OpenSocketPair(int family, int type, int protocol, std::array<int, 2>& fds);

int Bind(int fd, const SocketAddress& address);
int Listen(int fd, int backlog);
int Connect(int fd, const SocketAddress& address, std::int64_t timeout_ms);
/// Returns the new fd; whether it blocks does not depend on the listener.
int Accept(int fd, SocketAddress& peer, bool is_non_blocking, std::int64_t timeout_ms);
int Shutdown(int fd, int how);

int GetLocalAddress(int fd, SocketAddress& address);
int GetPeerAddress(int fd, SocketAddress& address);

int Receive(int fd, void* buffer, std::size_t size, int flags, std::int64_t timeout_ms);
int ReceiveFrom(int fd, void* buffer, std::size_t size, int flags, SocketAddress& sender,
                std::int64_t timeout_ms);
int Send(int fd, const void* data, std::size_t size, int flags, std::int64_t timeout_ms);
/// Returns 0 when everything is sent; the timeout is for the whole of it.
int SendAll(int fd, const void* data, std::size_t size, int flags, std::int64_t timeout_ms);
int SendTo(int fd, const void* data, std::size_t size, int flags, const SocketAddress& receiver,
           std::int64_t timeout_ms);

int SetOption(int fd, int level, int name, const void* value, std::size_t size);
/// Returns how many bytes the kernel wrote.
int GetOption(int fd, int level, int name, void* value, std::size_t size);

/// Receive and Send never take more than the kernel moves in one call, so that the count fits.
constexpr std::size_t kMaxTransfer = 0x7ffff000;

}  // namespace fdselect::sys
