// Socket addresses to and from text, and name resolution: getaddrinfo(3), getnameinfo(3) (POSIX).
#include "address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace fdselect::sys {

namespace {

// libuv's numbers, which util.getSystemErrorName() knows.
int FromGetaddrinfo(int error, int saved_errno) {
  switch (error) {
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
      return -3000;
#endif
    case EAI_AGAIN:
      return -3001;
    case EAI_BADFLAGS:
      return -3002;
    case EAI_FAIL:
      return -3004;
    case EAI_FAMILY:
      return -3005;
    case EAI_MEMORY:
      return -3006;
#ifdef EAI_NODATA
    case EAI_NODATA:
      return -3007;
#endif
    case EAI_OVERFLOW:
      return -3009;
    case EAI_SERVICE:
      return -3010;
    case EAI_SOCKTYPE:
      return -3011;
    case EAI_SYSTEM:
      return -saved_errno;
    default:
      return -3008;
  }
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

int LookUp(const char* host, const char* service, const addrinfo& hints, AddressList& list) {
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host, service, &hints, &found);
  const int saved_errno = errno;
  if (error != 0) return FromGetaddrinfo(error, saved_errno);
  list.reset(found);
  return 0;
}

void CopyFrom(const sockaddr* source, socklen_t length, SocketAddress& address) {
  std::memcpy(&address.storage, source, length);
  address.length = length;
}

// One address for the host, without port.
int ParseHost(const AddressText& text, SocketAddress& address) {
  if (text.family == AF_INET && text.host == "<broadcast>") {
    sockaddr_in broadcast{};
    broadcast.sin_family = AF_INET;
    broadcast.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    CopyFrom(reinterpret_cast<const sockaddr*>(&broadcast), sizeof broadcast, address);
    return 0;
  }
  if (text.host.empty()) {  // all zeros is the wildcard address in both families
    address.storage.ss_family = static_cast<sa_family_t>(text.family);
    address.length = text.family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    return 0;
  }
  addrinfo hints{};
  hints.ai_family = text.family;
  hints.ai_socktype = SOCK_DGRAM;  // any type will do: it keeps the list to one entry an address
  AddressList list(nullptr, &freeaddrinfo);
  const int found = LookUp(text.host.c_str(), nullptr, hints, list);
  if (found < 0) return found;
  CopyFrom(list->ai_addr, list->ai_addrlen, address);
  return 0;
}

int ParseUnix(const std::string& path, SocketAddress& address) {
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
#ifdef __linux__
  // unix(7): an empty one makes bind(2) choose a name, as in CPython.
  const bool is_abstract = path.empty() || path[0] == '\0';
#else
  const bool is_abstract = !path.empty() && path[0] == '\0';
#endif
  // A path needs room for the NUL byte that ends it; an abstract name is counted.
  if (path.size() + (is_abstract ? 0 : 1) > sizeof un->sun_path) return -ENAMETOOLONG;
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, path.data(), path.size());
  address.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1));
  return 0;
}

std::string FormatUnix(const SocketAddress& address) {
  const auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
  if (address.length <= offsetof(sockaddr_un, sun_path)) return {};  // unnamed
  std::size_t size = address.length - offsetof(sockaddr_un, sun_path);
  if (size > sizeof un->sun_path) size = sizeof un->sun_path;
  if (un->sun_path[0] == '\0') return {un->sun_path, size};
  return {un->sun_path, strnlen(un->sun_path, size)};
}

}  // namespace

int ParseAddress(const AddressText& text, SocketAddress& address) {
  address = SocketAddress();
  if (text.family == AF_UNIX) return ParseUnix(text.host, address);
  if (text.family != AF_INET && text.family != AF_INET6) return -EAFNOSUPPORT;
  const int parsed = ParseHost(text, address);
  if (parsed < 0) return parsed;
  const in_port_t port = htons(static_cast<std::uint16_t>(text.port));
  if (text.family == AF_INET) {
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = port;
    return 0;
  }
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  in6->sin6_port = port;
  in6->sin6_flowinfo = htonl(text.flowinfo);
  if (text.scope_id != 0) in6->sin6_scope_id = text.scope_id;  // "%eth0" in the host counts too
  return 0;
}

int FormatAddress(const SocketAddress& address, AddressText& text) {
  text = AddressText();
  // A socket pair's or an unbound Unix socket's address may have no byte at all.
  if (address.length < sizeof address.storage.ss_family) {
    text.family = AF_UNIX;
    return 0;
  }
  text.family = address.storage.ss_family;
  if (text.family == AF_UNIX) {
    text.host = FormatUnix(address);
    return 0;
  }
  if (text.family != AF_INET && text.family != AF_INET6) return -EAFNOSUPPORT;
  char host[NI_MAXHOST] = "";
  const int error =
      ::getnameinfo(address.get(), address.length, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  const int saved_errno = errno;
  if (error != 0) return FromGetaddrinfo(error, saved_errno);
  text.host = host;
  if (text.family == AF_INET) {
    text.port = ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
    return 0;
  }
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  text.port = ntohs(in6->sin6_port);
  text.flowinfo = ntohl(in6->sin6_flowinfo);
  text.scope_id = in6->sin6_scope_id;
  return 0;
}

int ResolveHost(const std::string& host, int port, int family, int type,
                std::vector<AddressText>& addresses) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = type;
  hints.ai_flags = AI_NUMERICSERV;
  AddressList list(nullptr, &freeaddrinfo);
  // Without a host it gives the loopback addresses, but only if there is a service.
  const std::string service = std::to_string(port);
  const int found = LookUp(host.empty() ? nullptr : host.c_str(), service.c_str(), hints, list);
  if (found < 0) return found;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    CopyFrom(entry->ai_addr, entry->ai_addrlen, address);
    AddressText text;
    if (FormatAddress(address, text) < 0) continue;
    addresses.push_back(text);
  }
  return 0;
}

}  // namespace fdselect::sys
