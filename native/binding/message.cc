// The binding functions of sendmsg(2), recvmsg(2) and cmsg(3).
#include "../sys/message.h"

#include <cstring>

#include "addon.h"
#include "address.h"
#include "arguments.h"
#include "parts.h"
#include "socket_wait.h"

namespace fdselect::binding {

namespace {

/// Reads a flat array of level, type and bytes, which lib/ has made.
std::vector<sys::ControlMessage> ControlArgument(Arguments& arguments, std::size_t index) {
  std::vector<sys::ControlMessage> messages;
  const Napi::Array list = arguments.Array(index, "ancdata");
  if (arguments.Failed()) return messages;
  for (std::uint32_t i = 0; i + 2 < list.Length(); i += 3) {
    std::int32_t level = 0;
    std::int32_t type = 0;
    if (napi_get_value_int32(arguments.Env(), GetElement(list, i), &level) != napi_ok ||
        napi_get_value_int32(arguments.Env(), GetElement(list, i + 1), &type) != napi_ok) {
      arguments.FailType("ancdata", "an array of level, type and data");
      return messages;
    }
    const Bytes data = arguments.BytesOf(GetElement(list, i + 2), "ancdata");
    messages.push_back({level, type, data.data, data.size});
  }
  return messages;
}

// sendmsg(fd, buffers, ancdata, flags, timeout, hasAddress, ...address)
Napi::Value SendMessage(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Parts parts(arguments, 1, "buffers");
  const auto messages = ControlArgument(arguments, 2);
  const int flags = arguments.Int(3, "flags");
  const std::int64_t timeout = arguments.Long(4, "timeout");
  const bool has_address = arguments.Int(5, "hasAddress") != 0;
  const sys::AddressParts names = has_address ? AddressArgument(arguments, 6) : sys::AddressParts();
  if (arguments.Failed()) return {};
  if (parts.is_too_long()) return Result(info.Env(), -EMSGSIZE);
  sys::SocketAddress address;
  const int parsed = has_address ? sys::ParseAddress(names, address) : 0;
  if (parsed < 0) return Result(info.Env(), parsed);
  sys::ControlBuffer control;
  const int written = control.Write(messages);
  if (written < 0) return Result(info.Env(), written);
  const auto send = [&](int bits) {
    return sys::SendMessage(fd, parts.list(), parts.count(), control,
                            has_address ? &address : nullptr, bits);
  };
  return Returned(info.Env(),
                  WaitingCall(
                      info, fd, POLLOUT, timeout, [&] { return send(flags | MSG_DONTWAIT); },
                      [&] { return send(flags); }));
}

/// Makes the environment the owner of fds that were received by SCM_RIGHTS.
void OwnReceivedFds(const Napi::CallbackInfo& info, const sys::ControlMessage& message) {
  if (message.level != SOL_SOCKET || message.type != SCM_RIGHTS) return;
  for (std::size_t i = 0; i + sizeof(int) <= message.size; i += sizeof(int)) {
    int fd = -1;
    std::memcpy(&fd, static_cast<const char*>(message.data) + i, sizeof fd);
    AddonOf(info).fds.Add(fd);
  }
}

void SetReceived(const Napi::CallbackInfo& info, Napi::Array ancdata, Napi::Array rest,
                 const sys::Received& received) {
  const Napi::Env env = info.Env();
  for (const sys::ControlMessage& message : sys::ControlBuffer::Read(received.header)) {
    OwnReceivedFds(info, message);
    const std::string bytes(static_cast<const char*>(message.data), message.size);
    SetElement(ancdata, ancdata.Length(), Number(env, message.level));
    SetElement(ancdata, ancdata.Length(), Number(env, message.type));
    SetElement(ancdata, ancdata.Length(), BufferOf(env, bytes));
  }
  const Napi::Array address = NewArray(env);
  SetAddress(address, received.sender);
  SetElement(rest, 0, Number(env, received.header.msg_flags));
  SetElement(rest, 1, address);
}

// recvmsg(fd, buffers, ancbufsize, flags, timeout, ancdata, rest): appends level, type and data of
// each control message to `ancdata`; `rest` gets the message's flags and the sender's address.
Napi::Value ReceiveMessage(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Parts parts(arguments, 1, "buffers");
  const std::int64_t size = arguments.Long(2, "ancbufsize");
  const int flags = arguments.Int(3, "flags");
  const std::int64_t timeout = arguments.Long(4, "timeout");
  const Napi::Array ancdata = arguments.Array(5, "ancdata");
  const Napi::Array rest = arguments.Array(6, "rest");
  if (size < 0) arguments.FailRange("ancbufsize");
  if (arguments.Failed()) return {};
  if (parts.is_too_long()) return Result(info.Env(), -EMSGSIZE);
  sys::ControlBuffer control;
  const int reserved = control.Reserve(static_cast<std::size_t>(size));
  if (reserved < 0) return Result(info.Env(), reserved);
  sys::Received received;
  const auto receive = [&](int bits) {
    return sys::ReceiveMessage(fd, parts.list(), parts.count(), control, bits, received);
  };
  const auto plain = [&] { return receive(flags); };
  const bool is_plain = timeout < 0 && (flags & (kNoWait | MSG_WAITALL)) != 0;
  const std::optional<int> result =
      is_plain
          ? plain()
          : WaitingCall(
                info, fd, POLLIN, timeout, [&] { return receive(flags | MSG_DONTWAIT); }, plain);
  if (result && *result >= 0) SetReceived(info, ancdata, rest, received);
  return Returned(info.Env(), result);
}

// cmsgLen(size), cmsgSpace(size)
template <std::size_t (*length)(std::size_t)>
Napi::Value ControlSize(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int size = arguments.Int(0, "length");
  if (size < 0) arguments.FailRange("length");
  if (arguments.Failed()) return {};
  return {info.Env(),
          Number(info.Env(), static_cast<std::int64_t>(length(static_cast<std::size_t>(size))))};
}

}  // namespace

void ExportMessage(Napi::Object exports, Addon* addon) {
  Export<SendMessage>(exports, "sendmsg", addon);
  Export<ReceiveMessage>(exports, "recvmsg", addon);
  Export<ControlSize<sys::ControlLength>>(exports, "cmsgLen", addon);
  Export<ControlSize<sys::ControlSpace>>(exports, "cmsgSpace", addon);
}

}  // namespace fdselect::binding
