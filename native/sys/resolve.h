// Names of hosts and services: getaddrinfo(3), getnameinfo(3) (POSIX). All of it may block.
//
// A failure is -errno or libuv's number for the EAI_ code (UV_EAI_NONAME is -3008), because EAI_
// numbers and errno numbers overlap.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "address.h"

namespace fdselect::sys {

/// The arguments of getaddrinfo(3).
struct Lookup {
  std::optional<std::string> host;
  std::optional<std::string> service;
  int family = AF_UNSPEC;
  int type = 0;
  int protocol = 0;
  int flags = 0;
};

/// One result of getaddrinfo(3).
struct Found {
  int family;
  int type;
  int protocol;
  std::string canonical_name;
  AddressParts address;
};

int Resolve(const Lookup& lookup, std::vector<Found>& found);

/// The first address of a host, without port. With AI_NUMERICHOST in `flags` nothing is looked up.
int ResolveFirst(const std::string& host, int family, int flags, SocketAddress& address);

/// A numeric IPv4 or IPv6 address; nothing is looked up.
int ParseNumber(const std::string& host, int port, std::uint32_t flowinfo, std::uint32_t scope_id,
                SocketAddress& address);

/// inet_pton(3), or inet_aton(3) for AF_UNSPEC: writes 4 or 16 bytes. Returns how many; 0 if the
/// text is not such an address; -EAFNOSUPPORT for other families.
int ParseInternetNumber(int family, const std::string& text, void* bytes);
/// inet_ntop(3) of 4 or 16 bytes.
int FormatInternetNumber(int family, const void* bytes, std::string& text);

/// if_nametoindex(3), if_indextoname(3), if_nameindex(3).
int InterfaceIndex(const std::string& name);
int InterfaceName(unsigned index, std::string& name);
int Interfaces(std::vector<std::pair<unsigned, std::string>>& interfaces);

/// The names of an address's host and service; `flags` are NI_….
int ResolveName(const SocketAddress& address, int flags, std::string& host, std::string& service);

}  // namespace fdselect::sys
