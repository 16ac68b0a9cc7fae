// The binding functions of sockets that may wait. Timeouts are in milliseconds: see socket_wait.h.
// Received bytes are written to the caller's buffer, addresses to its array.
#include <sys/socket.h>

#include "../sys/socket.h"
#include "addon.h"
#include "address.h"
#include "arguments.h"
#include "socket_wait.h"

namespace fdselect::binding {

namespace {

// Waits without a limit. A second connect(2) gives the result: unlike SO_ERROR, it leaves a socket
// that may try again. If the queue of a Unix listener is full (EAGAIN), nothing has been started,
// and no fd reports when there is room.
std::optional<int> ConnectInWorker(const Napi::CallbackInfo& info, int fd,
                                   const sys::SocketAddress& address) {
  bool is_full = false;
  const auto attempt = [&] {
    const int result = sys::ConnectNow(fd, address);
    is_full = result == -EAGAIN;
    return result == -EINPROGRESS || result == -EALREADY ? -EAGAIN : result;
  };
  const int result = attempt();
  if (result != -EAGAIN) return result;
  return UntilReady(info, is_full ? -1 : fd, POLLOUT, -1, attempt);
}

std::optional<int> ConnectWithin(const Napi::CallbackInfo& info, int fd,
                                 const sys::SocketAddress& address, std::int64_t timeout_ms) {
  const int result = sys::ConnectNow(fd, address);
  const bool goes_on = result == -EINTR || result == -EINPROGRESS;
  if (!goes_on || timeout_ms == 0) return result;
  const std::optional<int> ready = Await(info, fd, POLLOUT, timeout_ms);
  if (!ready || *ready < 0) return ready;
  return *ready == 0 ? -ETIMEDOUT : sys::PendingError(fd);
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
  if (parsed < 0) return Result(info.Env(), parsed);
  if (timeout >= 0) return Returned(info.Env(), ConnectWithin(info, fd, address, timeout));
  if (IsInterruptible(info) && sys::BlocksForEver(fd, POLLOUT)) {
    return Returned(info.Env(), ConnectInWorker(info, fd, address));
  }
  return Result(info.Env(), sys::Connect(fd, address));
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
  const auto attempt = [&] { return sys::AcceptNow(fd, peer, is_non_blocking); };
  // Not accept(2): a thread that sleeps there could take a connection that another thread has just
  // found, and block that thread.
  const auto plain = [&]() -> std::optional<int> {
    const int result = attempt();
    if (result != -EAGAIN) return result;
    if (!sys::BlocksForEver(fd, POLLIN)) return sys::Accept(fd, peer, is_non_blocking);
    return UntilReady(info, fd, POLLIN, -1, attempt);
  };
  const std::optional<int> accepted =
      timeout < 0 ? plain() : WaitingCall(info, fd, POLLIN, timeout, attempt, plain);
  if (!accepted) return {};
  if (*accepted >= 0) SetAddress(out, peer);
  return OpenedFd(info, *accepted);
}

// Receives the rest for MSG_WAITALL in several calls, which the termination of a worker interrupts.
std::optional<int> ReceiveRest(const Napi::CallbackInfo& info, int fd, Bytes buffer, int flags,
                               int received) {
  while (static_cast<std::size_t>(received) < buffer.size) {
    std::uint8_t* const next = buffer.data + received;
    const std::size_t room = buffer.size - static_cast<std::size_t>(received);
    const std::optional<int> more = UntilReady(
        info, fd, POLLIN, -1, [&] { return sys::Receive(fd, next, room, flags | MSG_DONTWAIT); });
    if (!more) return more;
    if (*more <= 0) break;
    received += *more;
  }
  return received;
}

// recv(fd, buffer, offset, size, flags, timeout)
Napi::Value Receive(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.Slice(1, 2, "buffer");
  const int flags = arguments.Int(4, "flags");
  const std::int64_t timeout = arguments.Long(5, "timeout");
  if (arguments.Failed()) return {};
  const auto plain = [&] { return sys::Receive(fd, buffer.data, buffer.size, flags); };
  // MSG_WAITALL with MSG_PEEK cannot be split into several calls, because the data stays queued.
  const bool is_whole_peek = (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) != 0;
  if (timeout < 0 && ((flags & kNoWait) != 0 || is_whole_peek)) {
    return Result(info.Env(), plain());
  }
  const std::optional<int> received = WaitingCall(
      info, fd, POLLIN, timeout,
      [&] { return sys::Receive(fd, buffer.data, buffer.size, flags | MSG_DONTWAIT); }, plain);
  const bool is_part = received && *received > 0 && (flags & MSG_WAITALL) != 0 && timeout < 0 &&
                       IsInterruptible(info) && sys::IntOption(fd, SO_TYPE) == SOCK_STREAM &&
                       sys::BlocksForEver(fd, POLLIN);
  if (!is_part) return Returned(info.Env(), received);
  return Returned(info.Env(), ReceiveRest(info, fd, buffer, flags, *received));
}

// recvfrom(fd, buffer, offset, size, flags, timeout, address)
Napi::Value ReceiveFrom(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.Slice(1, 2, "buffer");
  const int flags = arguments.Int(4, "flags");
  const std::int64_t timeout = arguments.Long(5, "timeout");
  const Napi::Array out = arguments.Array(6, "address");
  if (arguments.Failed()) return {};
  sys::SocketAddress sender;
  const auto receive = [&](int bits) {
    return sys::ReceiveFrom(fd, buffer.data, buffer.size, bits, sender);
  };
  const auto plain = [&] { return receive(flags); };
  const bool is_plain = timeout < 0 && (flags & (kNoWait | MSG_WAITALL)) != 0;
  const std::optional<int> received =
      is_plain
          ? plain()
          : WaitingCall(
                info, fd, POLLIN, timeout, [&] { return receive(flags | MSG_DONTWAIT); }, plain);
  if (received && *received >= 0) SetAddress(out, sender);
  return Returned(info.Env(), received);
}

std::optional<int> SendSome(const Napi::CallbackInfo& info, int fd, Bytes data, int flags,
                            std::int64_t timeout) {
  return WaitingCall(
      info, fd, POLLOUT, timeout,
      [&] { return sys::Send(fd, data.data, data.size, flags | MSG_DONTWAIT); },
      [&] { return sys::Send(fd, data.data, data.size, flags); });
}

// send(fd, data, offset, size, flags, timeout)
Napi::Value Send(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.Slice(1, 2, "data");
  const int flags = arguments.Int(4, "flags");
  const std::int64_t timeout = arguments.Long(5, "timeout");
  if (arguments.Failed()) return {};
  return Returned(info.Env(), SendSome(info, fd, data, flags, timeout));
}

// sendall(fd, data, flags, timeout): returns 0 when everything is sent. The timeout is for all
// calls together.
Napi::Value SendAll(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Bytes rest = arguments.BytesAt(1, "data");
  const int flags = arguments.Int(2, "flags");
  const std::int64_t timeout = arguments.Long(3, "timeout");
  if (arguments.Failed()) return {};
  const auto deadline = sys::Deadline::AfterMilliseconds(timeout);
  std::int64_t left_ms = timeout;
  for (;;) {
    const std::optional<int> sent = SendSome(info, fd, rest, flags, left_ms);
    if (!sent || *sent < 0) return Returned(info.Env(), sent);
    rest.data += *sent;
    rest.size -= static_cast<std::size_t>(*sent);
    if (rest.size == 0) return Result(info.Env(), 0);
    if (timeout <= 0) continue;
    left_ms = deadline.RemainingMilliseconds();
    if (left_ms == 0) return Result(info.Env(), -ETIMEDOUT);
  }
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
  if (parsed < 0) return Result(info.Env(), parsed);
  const auto send = [&](int bits) { return sys::SendTo(fd, data.data, data.size, bits, receiver); };
  return Returned(info.Env(),
                  WaitingCall(
                      info, fd, POLLOUT, timeout, [&] { return send(flags | MSG_DONTWAIT); },
                      [&] { return send(flags); }));
}

/// The arguments of tryRecv and trySend: fd, buffer, offset, size. Read without node-addon-api,
/// because these run for each message: the wrapper would be a third of their time outside of the
/// kernel.
struct RawTransfer {
  RawTransfer(napi_env env, napi_callback_info info) {
    std::size_t count = 4;
    napi_value arguments[4];
    napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
    std::size_t length = 0;
    std::int64_t offset = 0;
    void* memory = nullptr;
    bool is_buffer = false;
    napi_is_buffer(env, arguments[1], &is_buffer);
    if (!is_buffer || napi_get_value_int32(env, arguments[0], &fd) != napi_ok ||
        napi_get_buffer_info(env, arguments[1], &memory, &length) != napi_ok ||
        napi_get_value_int64(env, arguments[2], &offset) != napi_ok ||
        napi_get_value_int64(env, arguments[3], &size) != napi_ok) {
      napi_throw_type_error(env, nullptr, "the arguments must be fd, Uint8Array, offset, size");
      return;
    }
    const auto limit = static_cast<std::int64_t>(length);
    if (offset < 0 || size < 0 || offset > limit || size > limit - offset) {
      napi_throw_range_error(env, nullptr, "offset and size must lie within the buffer");
      return;
    }
    // SAFETY: valid until the call returns, because no JavaScript runs before.
    data = static_cast<char*>(memory) + offset;
    is_valid = true;
  }

  int fd = -1;
  char* data = nullptr;
  std::int64_t size = 0;
  bool is_valid = false;
};

// tryRecv(fd, buffer, offset, size), trySend(…): never wait; return how many bytes, or -errno.
template <class Data, int (*call)(int, Data*, std::size_t, int)>
napi_value Try(napi_env env, napi_callback_info info) {
  const RawTransfer transfer(env, info);
  if (!transfer.is_valid) return nullptr;
  const int moved =
      call(transfer.fd, transfer.data, static_cast<std::size_t>(transfer.size), MSG_DONTWAIT);
  napi_value result = nullptr;
  napi_create_int32(env, moved, &result);
  return result;
}

}  // namespace

void ExportSocketIo(Napi::Object exports, Addon* addon) {
  Export<Connect>(exports, "connect", addon);
  Export<Accept>(exports, "accept", addon);
  Export<Receive>(exports, "recv", addon);
  Export<ReceiveFrom>(exports, "recvfrom", addon);
  Export<Send>(exports, "send", addon);
  Export<SendAll>(exports, "sendall", addon);
  Export<SendTo>(exports, "sendto", addon);
  ExportRaw(exports, "tryRecv", Try<void, sys::Receive>, addon);
  ExportRaw(exports, "trySend", Try<const void, sys::Send>, addon);
}

}  // namespace fdselect::binding
