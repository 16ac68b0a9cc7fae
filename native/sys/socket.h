// Sockets: socket(2), connect(2), accept(2), recv(2), send(2) and their relatives (POSIX).
//
// These are the plain calls: each blocks or gives -EAGAIN as the fd's O_NONBLOCK says, except for
// those whose name ends in "Now", which never block. native/binding waits between attempts.
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

/// Goes on after EINTR: connect(2) cannot be made again then.
int Connect(int fd, const SocketAddress& address);
/// Gives -EINPROGRESS where it would block. On a blocking fd O_NONBLOCK is set for the one call.
int ConnectNow(int fd, const SocketAddress& address);

/// Returns the new fd; whether it blocks does not depend on the listener.
int Accept(int fd, SocketAddress& peer, bool is_non_blocking);
/// Does not block on a blocking listener either, although other threads accept from it, as long as
/// they do it by this function. O_NONBLOCK, which others share, is not touched.
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
/// An option of level SOL_SOCKET that is an int; -errno where it cannot be read.
int IntOption(int fd, int name);
/// 0, or the -errno of what has failed since the last call: SO_ERROR.
int PendingError(int fd);

/// Whether a call that finds nothing (POLLIN) or no room (POLLOUT) blocks until there is some:
/// not where O_NONBLOCK is set, and not for longer than SO_RCVTIMEO or SO_SNDTIMEO says.
bool BlocksForEver(int fd, short events);

/// Receive and Send never take more than the kernel moves in one call, so that the count fits.
constexpr std::size_t kMaxTransfer = 0x7ffff000;

}  // namespace fdselect::sys
