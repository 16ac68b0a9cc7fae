// The binding functions of native/sys/io.h (pipe, dup, close, read, write and others), the
// ownership of fds, and strerror(3).
#include "../sys/io.h"
#include "../sys/nowait.h"
#include "../sys/socket.h"

#include <algorithm>
#include <cstring>

#include "addon.h"
#include "arguments.h"
#include "blocking.h"

namespace fdselect::binding {

namespace {

// pipe(fds): fills the array with the reading and the writing end.
Napi::Value Pipe(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Napi::Array out = arguments.Array(0, "fds");
  if (arguments.Failed()) return {};
  std::array<int, 2> fds{};
  return OpenedPair(info, sys::Pipe(fds), out, fds);
}

Napi::Value Dup(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::Dup(fd));
}

Napi::Value Dup2(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int target = arguments.Int(1, "target");
  if (arguments.Failed()) return {};
  ForgetFd(AddonOf(info), target);
  return OpenedFd(info, sys::Dup2(fd, target));
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  ForgetFd(AddonOf(info), fd);
  // Removed first: once the fd is closed, another thread may get the number.
  sys::FdOwner::Remove(fd);
  return Result(info.Env(), sys::Close(fd));
}

// open(path, flags, mode)
Napi::Value Open(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string path = arguments.Text(0, "path");
  const int flags = arguments.Int(1, "flags");
  const int mode = arguments.Int(2, "mode");
  if (arguments.Failed()) return {};
  return OpenedFd(info, sys::Open(path.c_str(), flags, static_cast<unsigned>(mode)));
}

/// Writes everything in pieces, as write(2) does on a blocking fd.
std::optional<int> WriteInWorker(const Napi::CallbackInfo& info, int fd, Bytes data) {
  data.size = std::min(data.size, sys::kMaxTransfer);
  for (std::size_t written = 0;;) {
    const iovec part{data.data + written, data.size - written};
    const auto result =
        UntilReady(info, fd, POLLOUT, -1, [&] { return sys::WriteNoWait(fd, &part, 1); });
    if (!result) return result;
    if (*result < 0) return written > 0 ? static_cast<int>(written) : *result;
    written += static_cast<std::size_t>(*result);
    if (written >= data.size) return static_cast<int>(written);
  }
}

// read(fd, buffer)
Napi::Value Read(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.BytesAt(1, "buffer");
  if (arguments.Failed()) return {};
  if (!MayBlockWorker(info, fd)) {
    return Result(info.Env(), sys::Read(fd, buffer.data, buffer.size));
  }
  const iovec part{buffer.data, buffer.size};
  return Returned(info.Env(),
                  UntilReady(info, fd, POLLIN, -1, [&] { return sys::ReadNoWait(fd, &part, 1); }));
}

// write(fd, data)
Napi::Value Write(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.BytesAt(1, "data");
  if (arguments.Failed()) return {};
  if (MayBlockWorker(info, fd)) return Returned(info.Env(), WriteInWorker(info, fd, data));
  return Result(info.Env(), sys::Write(fd, data.data, data.size));
}

// ownFds(): from now on the fds that the environment opens are closed when it ends.
Napi::Value OwnFds(const Napi::CallbackInfo& info) {
  AddonOf(info).fds.Begin();
  return Result(info.Env(), 0);
}

// adoptFd(fd): the environment takes over an fd that other code has opened.
Napi::Value AdoptFd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return OpenedFd(info, fd);
}

// giveFd(fd): the environment gives the fd away, and does not close it when it ends.
Napi::Value GiveFd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  sys::FdOwner::Remove(fd);
  return Result(info.Env(), 0);
}

// setBlocking(fd, 0 or 1)
Napi::Value SetBlocking(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int blocking = arguments.Int(1, "blocking");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::SetBlocking(fd, blocking != 0));
}

Napi::Value GetBlocking(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::GetBlocking(fd));
}

// strerror(errno): returns the C library's text.
Napi::Value ErrorText(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int error = arguments.Int(0, "errno");
  if (arguments.Failed()) return {};
  // SAFETY: the buffer belongs to this thread (glibc, macOS), and the text is copied at once.
  return Napi::String::New(info.Env(), std::strerror(error));
}

}  // namespace

void ExportIo(Napi::Object exports, Addon* addon) {
  Export<Pipe>(exports, "pipe", addon);
  Export<Dup>(exports, "dup", addon);
  Export<Dup2>(exports, "dup2", addon);
  Export<Close>(exports, "close", addon);
  Export<Open>(exports, "open", addon);
  Export<Read>(exports, "read", addon);
  Export<Write>(exports, "write", addon);
  Export<OwnFds>(exports, "ownFds", addon);
  Export<AdoptFd>(exports, "adoptFd", addon);
  Export<GiveFd>(exports, "giveFd", addon);
  Export<SetBlocking>(exports, "setBlocking", addon);
  Export<GetBlocking>(exports, "getBlocking", addon);
  Export<ErrorText>(exports, "strerror", addon);
}

}  // namespace fdselect::binding
