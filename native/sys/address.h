// Socket addresses to and from text, and name resolution: getaddrinfo(3), getnameinfo(3) (POSIX).
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fdselect::sys {

/// An address as the kernel takes it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// An address as people write it.
struct AddressText {
  int family = AF_UNSPEC;
  std::string host;  // AF_UNIX: the path; it begins with a NUL byte where it is abstract
  int port = 0;
  std::uint32_t flowinfo = 0;  // AF_INET6 alone, and so is the next
  std::uint32_t scope_id = 0;
};

/// The host "" stands for every interface, "<broadcast>" for 255.255.255.255; a name is looked
/// up, which blocks. Returns 0, -errno, or a getaddrinfo failure in libuv's numbering
/// (UV_EAI_NONAME is -3008), because EAI_ numbers and errno numbers overlap.
int ParseAddress(const AddressText& text, SocketAddress& address);

/// An address of a family that is none of AF_INET, AF_INET6, AF_UNIX gives -EAFNOSUPPORT.
int FormatAddress(const SocketAddress& address, AddressText& text);

/// All addresses of a host ("": the loopback ones) for a socket of `family` (AF_UNSPEC: any) and
/// `type`. Returns as ParseAddress() does.
int ResolveHost(const std::string& host, int port, int family, int type,
                std::vector<AddressText>& addresses);

}  // namespace fdselect::sys
