// Names of hosts and services: getaddrinfo(3), getnameinfo(3) (POSIX). All of it may block.
//
// A failure is -errno or libuv's number for the EAI_ code (UV_EAI_NONAME is -3008), because EAI_
// numbers and errno numbers overlap.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "address.h"

namespace fdselect::sys {

/// What getaddrinfo(3) is asked.
struct Lookup {
  std::optional<std::string> host;
  std::optional<std::string> service;
  int family = AF_UNSPEC;
  int type = 0;
  int protocol = 0;
  int flags = 0;
};

/// One of its answers.
struct Found {
  int family;
  int type;
  int protocol;
  std::string canonical_name;
  AddressParts address;
};

int Resolve(const Lookup& lookup, std::vector<Found>& found);

/// The first address of a host, without port. `flags`: AI_NUMERICHOST looks nothing up.
int ResolveFirst(const std::string& host, int family, int flags, SocketAddress& address);

/// The names of an address's host and service; `flags` are NI_….
int ResolveName(const SocketAddress& address, int flags, std::string& host, std::string& service);

}  // namespace fdselect::sys
