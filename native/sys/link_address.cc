// Socket addresses of netlink(7), packet(7), vsock(7) and CAN (Linux).
#include <cerrno>

#include "address.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netpacket/packet.h>

#include <algorithm>
#include <cstring>

#include "resolve.h"

namespace fdselect::sys {

namespace {

// The empty name means every interface, whose index is 0.
int IndexOf(const std::string& name) { return name.empty() ? 0 : InterfaceIndex(name); }

std::string NameOf(int index) {
  std::string name;
  // Index 0 means every interface and has no name, as an interface that has been removed meanwhile.
  if (index > 0) InterfaceName(static_cast<unsigned>(index), name);
  return name;
}

void ParseNetlink(const AddressParts& parts, SocketAddress& address) {
  auto& netlink = address.as<sockaddr_nl>();
  netlink.nl_family = AF_NETLINK;
  netlink.nl_pid = parts.numbers[0];
  netlink.nl_groups = parts.numbers[1];
  address.length = sizeof netlink;
}

void ParseVsock(const AddressParts& parts, SocketAddress& address) {
  auto& vsock = address.as<sockaddr_vm>();
  vsock.svm_family = AF_VSOCK;
  vsock.svm_cid = parts.numbers[0];
  vsock.svm_port = parts.numbers[1];
  address.length = sizeof vsock;
}

int ParsePacket(const AddressParts& parts, SocketAddress& address) {
  auto& packet = address.as<sockaddr_ll>();
  if (parts.bytes.size() > sizeof packet.sll_addr) return -EINVAL;
  const int index = IndexOf(parts.name);
  if (index < 0) return index;
  packet.sll_family = AF_PACKET;
  packet.sll_ifindex = index;
  packet.sll_protocol = htons(static_cast<std::uint16_t>(parts.numbers[0]));
  packet.sll_pkttype = static_cast<unsigned char>(parts.numbers[1]);
  packet.sll_hatype = static_cast<unsigned short>(parts.numbers[2]);
  packet.sll_halen = static_cast<unsigned char>(parts.bytes.size());
  std::memcpy(packet.sll_addr, parts.bytes.data(), parts.bytes.size());
  address.length = sizeof packet;
  return 0;
}

int ParseCan(const AddressParts& parts, SocketAddress& address) {
  const int index = IndexOf(parts.name);
  if (index < 0) return index;
  auto& can = address.as<sockaddr_can>();
  can.can_family = AF_CAN;
  can.can_ifindex = index;
  address.length = sizeof can;
  return 0;
}

void FormatPacket(const sockaddr_ll& packet, AddressParts& parts) {
  parts.name = NameOf(packet.sll_ifindex);
  parts.numbers = {ntohs(packet.sll_protocol), packet.sll_pkttype, packet.sll_hatype};
  const std::size_t size = std::min<std::size_t>(packet.sll_halen, sizeof packet.sll_addr);
  parts.bytes.assign(reinterpret_cast<const char*>(packet.sll_addr), size);
}

}  // namespace

int ParseLinkAddress(const AddressParts& parts, SocketAddress& address) {
  switch (parts.family) {
    case AF_NETLINK:
      ParseNetlink(parts, address);
      return 0;
    case AF_VSOCK:
      ParseVsock(parts, address);
      return 0;
    case AF_PACKET:
      return ParsePacket(parts, address);
    case AF_CAN:
      return ParseCan(parts, address);
    default:
      return -EAFNOSUPPORT;
  }
}

int FormatLinkAddress(const SocketAddress& address, AddressParts& parts) {
  switch (parts.family) {
    case AF_NETLINK: {
      const auto& netlink = address.as<sockaddr_nl>();
      parts.numbers = {netlink.nl_pid, netlink.nl_groups, 0};
      return 0;
    }
    case AF_VSOCK: {
      const auto& vsock = address.as<sockaddr_vm>();
      parts.numbers = {vsock.svm_cid, vsock.svm_port, 0};
      return 0;
    }
    case AF_PACKET:
      FormatPacket(address.as<sockaddr_ll>(), parts);
      return 0;
    case AF_CAN:
      parts.name = NameOf(address.as<sockaddr_can>().can_ifindex);
      return 0;
    default:
      return -EAFNOSUPPORT;
  }
}

}  // namespace fdselect::sys

#else

namespace fdselect::sys {

int ParseLinkAddress(const AddressParts& /*parts*/, SocketAddress& /*address*/) {
  return -EAFNOSUPPORT;
}

int FormatLinkAddress(const SocketAddress& /*address*/, AddressParts& /*parts*/) {
  return -EAFNOSUPPORT;
}

}  // namespace fdselect::sys

#endif  // __linux__
