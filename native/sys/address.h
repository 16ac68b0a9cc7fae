// Converts socket addresses between the kernel's form and the parts that JavaScript gets (POSIX).
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace fdselect::sys {

/// An address in the kernel's form.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }

  template <class Family>
  const Family& as() const {
    return *reinterpret_cast<const Family*>(&storage);
  }
  template <class Family>
  Family& as() {
    return *reinterpret_cast<Family*>(&storage);
  }
};

/// The parts of an address; which ones are used depends on the family:
///
///   family      name               numbers                                  bytes
///   AF_INET     host               port
///   AF_INET6    host               port, flow information, scope id
///   AF_UNIX     path or name, any bytes; an abstract name begins with NUL
///   AF_NETLINK                     port id, groups
///   AF_PACKET   interface          protocol, packet type, hardware type     hardware address
///   AF_VSOCK                       context id, port
///   AF_CAN      interface
///   any other                                                     the bytes after the family
struct AddressParts {
  int family = AF_UNSPEC;
  std::string name;
  std::array<std::uint32_t, 3> numbers{};
  std::string bytes;
};

/// The host "" means every interface, "<broadcast>" means 255.255.255.255. A name is looked up,
/// which blocks. Returns 0, -errno, or an error of getaddrinfo(3) as in resolve.h.
int ParseAddress(const AddressParts& parts, SocketAddress& address);

/// Returns 0 or -errno.
int FormatAddress(const SocketAddress& address, AddressParts& parts);

/// The same for AF_NETLINK, AF_PACKET, AF_VSOCK and AF_CAN; -EAFNOSUPPORT for the other families.
int ParseLinkAddress(const AddressParts& parts, SocketAddress& address);
int FormatLinkAddress(const SocketAddress& address, AddressParts& parts);

/// The host of an IPv4 or IPv6 address as a number in text, without a zone: inet_ntop(3).
std::string InternetHost(const SocketAddress& address);

}  // namespace fdselect::sys
