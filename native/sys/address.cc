// Converts socket addresses between the kernel's form and the parts that JavaScript gets (POSIX).
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "resolve.h"

namespace fdselect::sys {

namespace {

// Sets the family and the host of `address`, not the port.
int ParseHost(const AddressParts& parts, SocketAddress& address) {
  if (parts.family == AF_INET && parts.name == "<broadcast>") {
    auto& in = address.as<sockaddr_in>();
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    address.length = sizeof in;
    return 0;
  }
  if (parts.name.empty()) {  // the wildcard address is all zeros in both families
    address.storage.ss_family = static_cast<sa_family_t>(parts.family);
    address.length = parts.family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    return 0;
  }
  return ResolveFirst(parts.name, parts.family, 0, address);
}

int ParseInternet(const AddressParts& parts, SocketAddress& address) {
  const int parsed = ParseHost(parts, address);
  if (parsed < 0) return parsed;
  const in_port_t port = htons(static_cast<std::uint16_t>(parts.numbers[0]));
  if (parts.family == AF_INET) {
    address.as<sockaddr_in>().sin_port = port;
    return 0;
  }
  auto& in6 = address.as<sockaddr_in6>();
  in6.sin6_port = port;
  in6.sin6_flowinfo = htonl(parts.numbers[1]);
  // Without a scope id, a zone in the host ("fe80::1%eth0") sets it.
  if (parts.numbers[2] != 0) in6.sin6_scope_id = parts.numbers[2];
  return 0;
}

int ParseUnix(const std::string& name, SocketAddress& address) {
  auto& un = address.as<sockaddr_un>();
#ifdef __linux__
  // unix(7): for an empty name bind(2) chooses an abstract one, as in CPython.
  const bool is_abstract = name.empty() || name[0] == '\0';
#else
  const bool is_abstract = !name.empty() && name[0] == '\0';
#endif
  // A path needs room for the NUL byte that ends it; an abstract name is counted.
  const std::size_t size = name.size() + (is_abstract ? 0 : 1);
  if (size > sizeof un.sun_path) return -ENAMETOOLONG;
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, name.data(), name.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  return 0;
}

std::string FormatUnix(const SocketAddress& address) {
  const auto& un = address.as<sockaddr_un>();
  if (address.length <= offsetof(sockaddr_un, sun_path)) return {};  // unnamed
  const std::size_t size =
      std::min(address.length - offsetof(sockaddr_un, sun_path), sizeof un.sun_path);
  if (un.sun_path[0] == '\0') return {un.sun_path, size};
  return {un.sun_path, strnlen(un.sun_path, size)};
}

void FormatInternet(const SocketAddress& address, AddressParts& parts) {
  parts.name = InternetHost(address);
  if (parts.family == AF_INET) {
    parts.numbers[0] = ntohs(address.as<sockaddr_in>().sin_port);
    return;
  }
  const auto& in6 = address.as<sockaddr_in6>();
  parts.numbers = {ntohs(in6.sin6_port), ntohl(in6.sin6_flowinfo), in6.sin6_scope_id};
}

}  // namespace

std::string InternetHost(const SocketAddress& address) {
  const int family = address.storage.ss_family;
  const void* number = family == AF_INET6
                           ? static_cast<const void*>(&address.as<sockaddr_in6>().sin6_addr)
                           : static_cast<const void*>(&address.as<sockaddr_in>().sin_addr);
  char text[INET6_ADDRSTRLEN] = "";
  // Fails only for another family or a smaller buffer; then the text is empty.
  ::inet_ntop(family, number, text, sizeof text);
  return text;
}

int ParseAddress(const AddressParts& parts, SocketAddress& address) {
  address = SocketAddress();
  if (parts.family == AF_UNIX) return ParseUnix(parts.name, address);
  if (parts.family == AF_INET || parts.family == AF_INET6) return ParseInternet(parts, address);
  return ParseLinkAddress(parts, address);
}

int FormatAddress(const SocketAddress& address, AddressParts& parts) {
  parts = AddressParts();
  // The address of a socket pair or of an unbound Unix socket may be empty.
  parts.family = address.length == 0 ? AF_UNIX : address.storage.ss_family;
  if (parts.family == AF_UNIX) {
    parts.name = FormatUnix(address);
    return 0;
  }
  if (parts.family == AF_INET || parts.family == AF_INET6) {
    FormatInternet(address, parts);
    return 0;
  }
  const int formatted = FormatLinkAddress(address, parts);
  if (formatted != -EAFNOSUPPORT) return formatted;
  const std::size_t begin = offsetof(sockaddr, sa_data);
  const std::size_t length = std::min<std::size_t>(address.length, sizeof address.storage);
  const auto* bytes = reinterpret_cast<const char*>(&address.storage);
  if (length > begin) parts.bytes.assign(bytes + begin, length - begin);
  return 0;
}

}  // namespace fdselect::sys
