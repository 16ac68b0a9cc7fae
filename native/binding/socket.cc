// The socket calls. Each returns a number >= 0 or -errno; addresses and pairs go to the array
// that the caller gives, received bytes into its buffer.
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
  return Result(info.Env(), sys::OpenSocket(family, type, protocol));
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
  const int result = sys::OpenSocketPair(family, type, protocol, fds);
  if (result >= 0) SetPair(out, fds);
  return Result(info.Env(), result);
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

// connect(fd, timeout, ...address)
Napi::Value Connect(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const std::int64_t timeout = arguments.Long(1, "timeout");
  const sys::AddressParts parts = AddressArgument(arguments, 2);
  if (arguments.Failed()) return {};
  sys::SocketAddress address;
  const int parsed = sys::ParseAddress(parts, address);
  return Result(info.Env(), parsed < 0 ? parsed : sys::Connect(fd, address, timeout));
}

// listen(fd, backlog)
Napi::Value Listen(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int backlog = arguments.Int(1, "backlog");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::Listen(fd, backlog));
}

// accept(fd, timeout, nonBlocking, address): returns the new fd.
Napi::Value Accept(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const std::int64_t timeout = arguments.Long(1, "timeout");
  const bool is_non_blocking = arguments.Int(2, "nonBlocking") != 0;
  const Napi::Array out = arguments.Array(3, "address");
  if (arguments.Failed()) return {};
  sys::SocketAddress peer;
  const int accepted = sys::Accept(fd, peer, is_non_blocking, timeout);
  if (accepted >= 0) SetAddress(out, peer);
  return Result(info.Env(), accepted);
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

// recv(fd, buffer, offset, size, flags, timeout)
Napi::Value Receive(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.Slice(1, 2, "buffer");
  const int flags = arguments.Int(4, "flags");
  const std::int64_t timeout = arguments.Long(5, "timeout");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::Receive(fd, buffer.data, buffer.size, flags, timeout));
}

// recvfrom(fd, buffer, flags, timeout, address)
Napi::Value ReceiveFrom(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.BytesAt(1, "buffer");
  const int flags = arguments.Int(2, "flags");
  const std::int64_t timeout = arguments.Long(3, "timeout");
  const Napi::Array out = arguments.Array(4, "address");
  if (arguments.Failed()) return {};
  sys::SocketAddress sender;
  const int received = sys::ReceiveFrom(fd, buffer.data, buffer.size, flags, sender, timeout);
  if (received >= 0) SetAddress(out, sender);
  return Result(info.Env(), received);
}

// send(fd, buffer, offset, size, flags, timeout)
Napi::Value Send(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.Slice(1, 2, "data");
  const int flags = arguments.Int(4, "flags");
  const std::int64_t timeout = arguments.Long(5, "timeout");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::Send(fd, data.data, data.size, flags, timeout));
}

// sendall(fd, data, flags, timeout)
Napi::Value SendAll(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.BytesAt(1, "data");
  const int flags = arguments.Int(2, "flags");
  const std::int64_t timeout = arguments.Long(3, "timeout");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::SendAll(fd, data.data, data.size, flags, timeout));
}

// sendto(fd, data, flags, timeout, ...address)
Napi::Value SendTo(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.BytesAt(1, "data");
  const int flags = arguments.Int(2, "flags");
  const std::int64_t timeout = arguments.Long(3, "timeout");
  const sys::AddressParts parts = AddressArgument(arguments, 4);
  if (arguments.Failed()) return {};
  sys::SocketAddress receiver;
  const int parsed = sys::ParseAddress(parts, receiver);
  return Result(info.Env(), parsed < 0
                                ? parsed
                                : sys::SendTo(fd, data.data, data.size, flags, receiver, timeout));
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
  Export<Connect>(exports, "connect", addon);
  Export<Listen>(exports, "listen", addon);
  Export<Accept>(exports, "accept", addon);
  Export<Shutdown>(exports, "shutdown", addon);
  Export<GetAddress<sys::GetLocalAddress>>(exports, "getsockname", addon);
  Export<GetAddress<sys::GetPeerAddress>>(exports, "getpeername", addon);
  Export<Receive>(exports, "recv", addon);
  Export<ReceiveFrom>(exports, "recvfrom", addon);
  Export<Send>(exports, "send", addon);
  Export<SendAll>(exports, "sendall", addon);
  Export<SendTo>(exports, "sendto", addon);
  Export<SetOption>(exports, "setsockopt", addon);
  Export<GetOption>(exports, "getsockopt", addon);
}

}  // namespace fdselect::binding
