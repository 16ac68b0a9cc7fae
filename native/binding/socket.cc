// The binding functions of sockets that never wait: opening, addresses, options. Each returns a
// number >= 0 or -errno, and writes addresses and pairs of fds to the caller's array. Those that
// may wait are in socket_io.cc.
#include "../sys/socket.h"

#include "addon.h"
#include "address.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

// socket(family, type, protocol)
Napi::Value OpenSocket(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int family = arguments.Int(0, "family");
  const int type = arguments.Int(1, "type");
  const int protocol = arguments.Int(2, "proto");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::OpenSocket(family, type, protocol));
}

// socketpair(family, type, protocol, fds)
Napi::Value OpenSocketPair(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int family = arguments.Int(0, "family");
  const int type = arguments.Int(1, "type");
  const int protocol = arguments.Int(2, "proto");
  const Napi::Array out = arguments.Array(3, "fds");
  if (arguments.Failed()) return {};
  std::array<int, 2> fds{};
  return OpenedPair(info, sys::OpenSocketPair(family, type, protocol, fds), out, fds);
}

// bind(fd, ...address)
Napi::Value Bind(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const sys::AddressParts parts = AddressArgument(arguments, 1);
  if (arguments.Failed()) return {};
  sys::SocketAddress address;
  const int parsed = sys::ParseAddress(parts, address);
  return Result(info.Env(), parsed < 0 ? parsed : sys::Bind(fd, address));
}

// listen(fd, backlog)
Napi::Value Listen(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int backlog = arguments.Int(1, "backlog");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::Listen(fd, backlog));
}

// shutdown(fd, how)
Napi::Value Shutdown(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int how = arguments.Int(1, "how");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::Shutdown(fd, how));
}

// getsockname(fd, address), getpeername(fd, address)
template <int (*get_address)(int, sys::SocketAddress&)>
Napi::Value GetAddress(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Napi::Array out = arguments.Array(1, "address");
  if (arguments.Failed()) return {};
  sys::SocketAddress address;
  const int got = get_address(fd, address);
  return Result(info.Env(), got < 0 ? got : SetAddress(out, address));
}

// setsockopt(fd, level, name, value)
Napi::Value SetOption(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int level = arguments.Int(1, "level");
  const int name = arguments.Int(2, "name");
  const Bytes value = arguments.BytesAt(3, "value");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::SetOption(fd, level, name, value.data, value.size));
}

// getsockopt(fd, level, name, value): returns how many bytes of `value` are filled.
Napi::Value GetOption(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int level = arguments.Int(1, "level");
  const int name = arguments.Int(2, "name");
  const Bytes value = arguments.BytesAt(3, "value");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::GetOption(fd, level, name, value.data, value.size));
}

}  // namespace

void ExportSocket(Napi::Object exports, Addon* addon) {
  Export<OpenSocket>(exports, "socket", addon);
  Export<OpenSocketPair>(exports, "socketpair", addon);
  Export<Bind>(exports, "bind", addon);
  Export<Listen>(exports, "listen", addon);
  Export<Shutdown>(exports, "shutdown", addon);
  Export<GetAddress<sys::GetLocalAddress>>(exports, "getsockname", addon);
  Export<GetAddress<sys::GetPeerAddress>>(exports, "getpeername", addon);
  Export<SetOption>(exports, "setsockopt", addon);
  Export<GetOption>(exports, "getsockopt", addon);
}

}  // namespace fdselect::binding
