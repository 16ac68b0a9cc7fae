// Sockets: socket(2), connect(2), accept(2), recv(2), send(2) and their relatives (POSIX).
//
// Each function is the plain call: it blocks or returns -EAGAIN, depending on the fd's O_NONBLOCK.
// Those whose name ends in "Now" never block. native/binding waits between attempts.
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

/// After EINTR it waits for the end of the attempt: connect(2) cannot be repeated.
int Connect(int fd, const SocketAddress& address);
/// Returns -EINPROGRESS if it would block. On a blocking fd, O_NONBLOCK is set during the call.
int ConnectNow(int fd, const SocketAddress& address);

/// Returns the new fd, blocking or not as `is_non_blocking` says: not inherited from the listener.
int Accept(int fd, SocketAddress& peer, bool is_non_blocking);
/// Does not block, even if the listener does and other threads of this process accept from it too,
/// provided they use this function. O_NONBLOCK, which other processes may share, is not changed.
int AcceptNow(int fd, SocketAddress& peer, bool is_non_blocking);

int Shutdown(int fd, int how);

int GetLocalAddress(int fd, SocketAddress& address);
int GetPeerAddress(int fd, SocketAddress& address);

int Receive(int fd, void* buffer, std::size_t size, int flags);
int ReceiveFrom(int fd, void* buffer, std::size_t size, int flags, SocketAddress& sender);
int Send(int fd, const void* data, std::size_t size, int flags);
int SendTo(int fd, const void* data, std::size_t size, int flags, const SocketAddress& receiver);

int SetOption(int fd, int level, int name, const void* value, std::size_t size);
/// Returns how many bytes the kernel wrote.
int GetOption(int fd, int level, int name, void* value, std::size_t size);
/// An option of level SOL_SOCKET that is an int, or -errno.
int IntOption(int fd, int name);
/// SO_ERROR: 0, or the -errno of the error that is pending. Reading it clears it.
int PendingError(int fd);

/// Whether a call without data (POLLIN) or without room (POLLOUT) would block without a limit:
/// O_NONBLOCK is clear, and SO_RCVTIMEO or SO_SNDTIMEO is not set.
bool BlocksForEver(int fd, short events);

/// The most bytes that Linux transfers in one call. Receive() and Send() ask for at most so many,
/// so that the count fits an int.
constexpr std::size_t kMaxTransfer = 0x7ffff000;

}  // namespace fdselect::sys
