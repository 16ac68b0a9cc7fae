// The binding functions of native/sys/file.h (pipe2, lseek, readv, writev, sendfile, splice and
// others), and the reads and writes with a timeout of fdselect/io.
#include "../sys/file.h"

#include <algorithm>

#include "../sys/io.h"
#include "../sys/nowait.h"
#include "addon.h"
#include "arguments.h"
#include "blocking.h"
#include "parts.h"
#include "paths.h"

namespace fdselect::binding {

namespace {

// pipe2(flags, fds): fills the array with the reading and the writing end.
Napi::Value Pipe2(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int flags = arguments.Int(0, "flags");
  Napi::Array out = arguments.Array(1, "fds");
  if (arguments.Failed()) return {};
  std::array<int, 2> fds{};
  return OpenedPair(info, sys::Pipe2(flags, fds), out, fds);
}

Napi::Value GetInheritable(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::GetInheritable(fd));
}

// setInheritable(fd, 0 or 1)
Napi::Value SetInheritable(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int inheritable = arguments.Int(1, "inheritable");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::SetInheritable(fd, inheritable != 0));
}

// lseek(fd, offset, whence): the new position, or -errno.
Napi::Value Seek(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const std::int64_t offset = arguments.Long(1, "offset");
  const int whence = arguments.Int(2, "whence");
  if (arguments.Failed()) return {};
  std::int64_t position = 0;
  const int result = sys::Seek(fd, offset, whence, position);
  return Napi::Number::New(info.Env(), static_cast<double>(result < 0 ? result : position));
}

// readv(fd, buffers)
Napi::Value ReadVector(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Parts parts(arguments, 1, "buffers");
  if (arguments.Failed()) return {};
  if (parts.is_too_long()) return Result(info.Env(), -EINVAL);
  if (!MayBlockWorker(info, fd)) {
    return Result(info.Env(), sys::ReadVector(fd, parts.list(), parts.count()));
  }
  return Returned(info.Env(), UntilReady(info, fd, POLLIN, -1, [&] {
                    return sys::ReadNoWait(fd, parts.list(), parts.count());
                  }));
}

/// Writes everything, as writev(2) does on a blocking fd.
std::optional<int> WriteWhole(const Napi::CallbackInfo& info, int fd, Parts& parts) {
  for (int written = 0;;) {
    const auto result = UntilReady(
        info, fd, POLLOUT, -1, [&] { return sys::WriteNoWait(fd, parts.list(), parts.count()); });
    if (!result) return result;
    if (*result < 0) return written > 0 ? written : *result;
    written += *result;
    if (!parts.Skip(static_cast<std::size_t>(*result))) return written;
  }
}

// writev(fd, buffers)
Napi::Value WriteVector(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  Parts parts(arguments, 1, "buffers");
  if (arguments.Failed()) return {};
  if (parts.is_too_long()) return Result(info.Env(), -EINVAL);
  if (MayBlockWorker(info, fd)) return Returned(info.Env(), WriteWhole(info, fd, parts));
  return Result(info.Env(), sys::WriteVector(fd, parts.list(), parts.count()));
}

/// An offset that may be null.
struct Offset {
  Offset(Arguments& arguments, const Napi::CallbackInfo& info, std::size_t index) {
    is_given = info[index].IsNumber();
    if (is_given) value = arguments.Long(index, "offset");
  }
  off_t* get() { return is_given ? &value : nullptr; }

  bool is_given = false;
  off_t value = 0;
};

/// The value that a call returns early; empty if the environment is ending.
struct Failure {
  Napi::Value value;
};

// Waits until `in` is readable and `out` is writable. Returns nullopt when they are.
std::optional<Failure> Unready(const Napi::CallbackInfo& info, int in, int out) {
  for (const auto& [fd, events] : {std::pair<int, short>{in, POLLIN}, {out, POLLOUT}}) {
    const std::optional<int> ready = Await(info, fd, events, -1);
    if (!ready) return Failure{};
    if (*ready < 0) return Failure{Result(info.Env(), *ready)};
  }
  return std::nullopt;
}

// sendfile(out, in, offset or null, count)
Napi::Value SendFile(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int out = arguments.Int(0, "out");
  const int in = arguments.Int(1, "in");
  Offset offset(arguments, info, 2);
  const std::int64_t count = arguments.Long(3, "count");
  if (arguments.Failed()) return {};
  auto rest = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  if (!MayBlockWorker(info, out)) {
    return Result(info.Env(), sys::SendFile(out, in, offset.get(), rest));
  }
  // A writable pipe or socket takes so many bytes without blocking; more might block.
  constexpr std::size_t kPiece = 4096;
  int sent = 0;
  do {
    // If `out` is a pipe, `in` need not be a regular file, so it may not be readable yet.
    if (const auto failed = Unready(info, in, out)) return failed->value;
    const int result = sys::SendFile(out, in, offset.get(), std::min(rest, kPiece));
    if (result < 0) return Result(info.Env(), sent > 0 ? sent : result);
    if (result == 0) break;
    sent += result;
    rest -= static_cast<std::size_t>(result);
  } while (rest > 0);
  return Result(info.Env(), sent);
}

// splice(src, dst, count, offsetSrc or null, offsetDst or null, flags)
Napi::Value Splice(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int in = arguments.Int(0, "src");
  const int out = arguments.Int(1, "dst");
  const std::int64_t count = arguments.Long(2, "count");
  Offset in_offset(arguments, info, 3);
  Offset out_offset(arguments, info, 4);
  const auto flags = static_cast<unsigned>(arguments.Long(5, "flags"));
  if (arguments.Failed()) return {};
  const auto size = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
  const auto call = [&](unsigned bits) {
    return sys::Splice(in, in_offset.get(), out, out_offset.get(), size, bits);
  };
  if (!IsInterruptible(info) || (flags & sys::SpliceNonblock()) != 0) {
    return Result(info.Env(), call(flags));
  }
  for (;;) {
    // SPLICE_F_NONBLOCK affects only the pipe: the call may still block on the other fd.
    if (const auto failed = Unready(info, in, out)) return failed->value;
    const int result = call(flags | sys::SpliceNonblock());
    const bool may_wait = sys::GetBlocking(in) == 1 && sys::GetBlocking(out) == 1;
    if (result != -EAGAIN || !may_wait) return Result(info.Env(), result);
    if (const auto pause = Await(info, -1, 0, 1); !pause) return {};
  }
}

// mkfifo(path as bytes, mode)
Napi::Value MakeFifo(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Path path(arguments, 0);
  const int mode = arguments.Int(1, "mode");
  if (arguments.Failed()) return {};
  if (!path.fits()) return Result(info.Env(), -ENAMETOOLONG);
  return Result(info.Env(), sys::MakeFifo(path.text(), static_cast<unsigned>(mode)));
}

// fileMode(fd)
Napi::Value FileMode(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  if (arguments.Failed()) return {};
  return Result(info.Env(), sys::FileMode(fd));
}

// memfdCreate(name as bytes, flags)
Napi::Value MemoryFile(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Path name(arguments, 0);
  const std::int64_t flags = arguments.Long(1, "flags");
  if (arguments.Failed()) return {};
  if (!name.fits()) return Result(info.Env(), -EINVAL);  // the kernel's error for a long name
  return OpenedFd(info, sys::MemoryFile(name.text(), static_cast<unsigned>(flags)));
}

// readWithin(fd, buffer, milliseconds): reads once, waiting until data arrives even if O_NONBLOCK
// is set. Returns -EAGAIN after the timeout; a negative timeout means for ever.
Napi::Value ReadWithin(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes buffer = arguments.BytesAt(1, "buffer");
  const std::int64_t timeout = arguments.Long(2, "timeout");
  if (arguments.Failed()) return {};
  const iovec part{buffer.data, buffer.size};
  return Returned(info.Env(), UntilReady(info, fd, POLLIN, timeout,
                                         [&] { return sys::ReadNoWait(fd, &part, 1); }));
}

// writeWithin(fd, data, offset, milliseconds): writes once from `offset` on, perhaps only a part.
Napi::Value WriteWithin(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const Bytes data = arguments.BytesAt(1, "data");
  const std::int64_t offset = arguments.Long(2, "offset");
  const std::int64_t timeout = arguments.Long(3, "timeout");
  if (arguments.Failed()) return {};
  if (offset < 0 || static_cast<std::uint64_t>(offset) > data.size) {
    arguments.FailRange("offset");
    return {};
  }
  const auto begin = static_cast<std::size_t>(offset);
  const iovec part{data.data + begin, data.size - begin};
  return Returned(info.Env(), UntilReady(info, fd, POLLOUT, timeout,
                                         [&] { return sys::WriteNoWait(fd, &part, 1); }));
}

}  // namespace

void ExportTransfer(Napi::Object exports, Addon* addon) {
  Export<ReadWithin>(exports, "readWithin", addon);
  Export<WriteWithin>(exports, "writeWithin", addon);
}

void ExportFile(Napi::Object exports, Addon* addon) {
  Export<Pipe2>(exports, "pipe2", addon);
  Export<GetInheritable>(exports, "getInheritable", addon);
  Export<SetInheritable>(exports, "setInheritable", addon);
  Export<Seek>(exports, "lseek", addon);
  Export<ReadVector>(exports, "readv", addon);
  Export<WriteVector>(exports, "writev", addon);
  Export<SendFile>(exports, "sendfile", addon);
  Export<Splice>(exports, "splice", addon);
  Export<MakeFifo>(exports, "mkfifo", addon);
  Export<FileMode>(exports, "fileMode", addon);
  Export<MemoryFile>(exports, "memfdCreate", addon);
}

}  // namespace fdselect::binding
