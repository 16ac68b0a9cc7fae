// Names of hosts and services: getaddrinfo(3), getnameinfo(3) (POSIX).
#include "resolve.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "result.h"

namespace fdselect::sys {

namespace {

// Returns libuv's numbers for EAI_ codes, which Node's util.getSystemErrorName() knows.
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
    case EAI_SYSTEM:  // -EAGAIN would read as "not yet", 0 as success
      if (saved_errno == EAGAIN) return -3001;
      return saved_errno == 0 ? -3004 : -saved_errno;
    default:
      return -3008;
  }
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

int GetList(const char* host, const char* service, const addrinfo& hints, AddressList& list) {
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host, service, &hints, &found);
  const int saved_errno = errno;
  if (error != 0) return FromGetaddrinfo(error, saved_errno);
  list.reset(found);
  return 0;
}

const char* TextOf(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

void CopyTo(SocketAddress& address, const addrinfo& entry) {
  std::memcpy(&address.storage, entry.ai_addr, entry.ai_addrlen);
  address.length = entry.ai_addrlen;
}

}  // namespace

int Resolve(const Lookup& lookup, std::vector<Found>& found) {
  addrinfo hints{};
  hints.ai_family = lookup.family;
  hints.ai_socktype = lookup.type;
  hints.ai_protocol = lookup.protocol;
  hints.ai_flags = lookup.flags;
  AddressList list(nullptr, &freeaddrinfo);
  const int got = GetList(TextOf(lookup.host), TextOf(lookup.service), hints, list);
  if (got < 0) return got;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    CopyTo(address, *entry);
    Found& one = found.emplace_back();
    one.family = entry->ai_family;
    one.type = entry->ai_socktype;
    one.protocol = entry->ai_protocol;
    if (entry->ai_canonname != nullptr) one.canonical_name = entry->ai_canonname;
    const int formatted = FormatAddress(address, one.address);
    if (formatted < 0) return formatted;
  }
  return 0;
}

int ResolveFirst(const std::string& host, int family, int flags, SocketAddress& address) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;  // any type: without one, each address is listed once per type
  hints.ai_flags = flags;
  AddressList list(nullptr, &freeaddrinfo);
  const int got = GetList(host.c_str(), nullptr, hints, list);
  if (got < 0) return got;
  CopyTo(address, *list);
  return 0;
}

int ParseNumber(const std::string& host, int port, std::uint32_t flowinfo, std::uint32_t scope_id,
                SocketAddress& address) {
  address = SocketAddress();
  const int got = ResolveFirst(host, AF_UNSPEC, AI_NUMERICHOST, address);
  if (got < 0) return got;
  if (address.storage.ss_family == AF_INET) {
    address.as<sockaddr_in>().sin_port = htons(static_cast<std::uint16_t>(port));
    return 0;
  }
  auto& in6 = address.as<sockaddr_in6>();
  in6.sin6_port = htons(static_cast<std::uint16_t>(port));
  in6.sin6_flowinfo = htonl(flowinfo);
  if (scope_id != 0) in6.sin6_scope_id = scope_id;
  return 0;
}

int ParseInternetNumber(int family, const std::string& text, void* bytes) {
  if (family == AF_UNSPEC) {
    return ::inet_aton(text.c_str(), static_cast<in_addr*>(bytes)) == 0 ? 0 : 4;
  }
  const int parsed = Once([&] { return ::inet_pton(family, text.c_str(), bytes); });
  if (parsed <= 0) return parsed;
  return family == AF_INET6 ? 16 : 4;
}

int FormatInternetNumber(int family, const void* bytes, std::string& text) {
  char buffer[INET6_ADDRSTRLEN] = "";
  const int made =
      Once([&] { return ::inet_ntop(family, bytes, buffer, sizeof buffer) == nullptr ? -1 : 0; });
  text = buffer;
  return made;
}

int InterfaceIndex(const std::string& name) {
  return Once([&] {
    const unsigned index = ::if_nametoindex(name.c_str());
    return index == 0 ? -1 : static_cast<int>(index);
  });
}

int InterfaceName(unsigned index, std::string& name) {
  char buffer[IF_NAMESIZE] = "";
  const int got = Once([&] { return ::if_indextoname(index, buffer) == nullptr ? -1 : 0; });
  name = buffer;
  return got;
}

int Interfaces(std::vector<std::pair<unsigned, std::string>>& interfaces) {
  const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> list(::if_nameindex(),
                                                                               &if_freenameindex);
  if (!list) return -errno;
  for (const auto* entry = list.get(); entry->if_index != 0; ++entry) {
    interfaces.emplace_back(entry->if_index, entry->if_name);
  }
  return 0;
}

int ResolveName(const SocketAddress& address, int flags, std::string& host, std::string& service) {
  char host_text[NI_MAXHOST] = "";
  char service_text[NI_MAXSERV] = "";
  const int error = ::getnameinfo(address.get(), address.length, host_text, sizeof host_text,
                                  service_text, sizeof service_text, flags);
  const int saved_errno = errno;
  if (error != 0) return FromGetaddrinfo(error, saved_errno);
  host = host_text;
  service = service_text;
  return 0;
}

}  // namespace fdselect::sys
