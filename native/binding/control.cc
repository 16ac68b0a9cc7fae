// fcntl(2) and ioctl(2) with any command, and flock(2).
#include "../sys/control.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "addon.h"
#include "arguments.h"
#include "blocking.h"

namespace fdselect::binding {

namespace {

/// Writes a call's value to `out`, because some values are negative, and returns its result.
Napi::Value WithValue(Napi::Array out, std::optional<int> result, int value) {
  if (result && *result >= 0) SetElement(out, 0, Result(out.Env(), value));
  return Returned(out.Env(), result);
}

/// The memory of a structure that a call reads or writes: as in CPython, a copy with room behind
/// it, so that a wrong command cannot write past the caller's bytes. A structure of more than 1024
/// bytes is used in place.
class Structure {
 public:
  static constexpr std::size_t kRoom = 1024;

  explicit Structure(Bytes bytes) : bytes_(bytes) {
    if (is_copy() && bytes.size > 0) std::memcpy(room_.data(), bytes.data, bytes.size);
  }

  bool is_copy() const { return bytes_.size <= kRoom; }
  void* data() { return is_copy() ? room_.data() : bytes_.data; }

  /// Copies what the call has written to the caller's bytes.
  void Return() const {
    if (is_copy() && bytes_.size > 0) std::memcpy(bytes_.data, room_.data(), bytes_.size);
  }

 private:
  Bytes bytes_;
  alignas(std::max_align_t) std::array<std::uint8_t, kRoom> room_{};
};

/// The size that an ioctl request encodes; 0 for old requests, which encode none.
std::size_t EncodedSize(unsigned long request) {
#if defined(_IOC_SIZE)
  return _IOC_SIZE(request);
#elif defined(IOCPARM_LEN)
  return IOCPARM_LEN(request);
#else
  return (request >> 16U) & 0x3fffU;  // musl has no macro; as in Linux's asm-generic/ioctl.h
#endif
}

/// Whether an ioctl request encodes a size that is larger than `bytes`. Old requests encode no
/// size, but need less than a Structure has room for.
bool NeedsMore(unsigned long request, const Structure& structure, Bytes bytes) {
  return !structure.is_copy() && EncodedSize(request) > bytes.size;
}

/// Makes `call(command)`. In a worker, a command that would wait for a lock is replaced by its
/// non-blocking form and repeated, because no fd reports that a lock is free. The kernel cannot
/// detect a deadlock then.
template <class Call>
std::optional<int> Locking(const Napi::CallbackInfo& info, int command, int nonblocking,
                           Call call) {
  if (!IsInterruptible(info) || command == nonblocking) return call(command);
  return UntilReady(info, -1, 0, -1, [&] {
    const int result = call(nonblocking);
    return result == -EACCES ? -EAGAIN : result;
  });
}

// fcntl(fd, command, argument: number or bytes, value). The call's output replaces the bytes.
Napi::Value Fcntl(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int command = arguments.Int(1, "cmd");
  const bool is_number = info[2].IsNumber();
  const std::int64_t number = is_number ? arguments.Long(2, "arg") : 0;
  const Bytes bytes = is_number ? Bytes{} : arguments.BytesAt(2, "arg");
  Napi::Array out = arguments.Array(3, "value");
  if (arguments.Failed()) return {};
  int value = 0;
  Structure structure(bytes);
  const auto result = Locking(info, command, sys::NonblockingCommand(command), [&](int made) {
    return is_number ? sys::Fcntl(fd, made, static_cast<long>(number), value)
                     : sys::Fcntl(fd, made, structure.data(), value);
  });
  structure.Return();
  const bool is_new_fd = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
  if (is_new_fd && result && *result >= 0) AddonOf(info).fds.Add(value);
  return WithValue(out, result, value);
}

// ioctl(fd, request, argument: number or bytes, value)
Napi::Value Ioctl(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const auto request = static_cast<unsigned long>(arguments.Long(1, "request"));
  const bool is_number = info[2].IsNumber();
  const std::int64_t number = is_number ? arguments.Long(2, "arg") : 0;
  const Bytes bytes = is_number ? Bytes{} : arguments.BytesAt(2, "arg");
  Napi::Array out = arguments.Array(3, "value");
  if (arguments.Failed()) return {};
  int value = 0;
  Structure structure(bytes);
  if (NeedsMore(request, structure, bytes)) return Result(info.Env(), -EINVAL);
  const int result = is_number ? sys::Ioctl(fd, request, static_cast<long>(number), value)
                               : sys::Ioctl(fd, request, structure.data(), value);
  structure.Return();
  return WithValue(out, result, value);
}

// flock(fd, operation)
Napi::Value Flock(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int operation = arguments.Int(1, "operation");
  if (arguments.Failed()) return {};
  // If the caller gave LOCK_NB, -EAGAIN is the result.
  return Returned(info.Env(), Locking(info, operation, operation | sys::FlockNonblock(),
                                      [&](int made) { return sys::Flock(fd, made); }));
}

// lockf(fd, waits, type, start, length, whence)
Napi::Value Lockf(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Int(0, "fd");
  const int command = arguments.Int(1, "waits") != 0 ? F_SETLKW : F_SETLK;
  const sys::Record record{arguments.Int(2, "type"), arguments.Long(3, "start"),
                           arguments.Long(4, "length"), arguments.Int(5, "whence")};
  if (arguments.Failed()) return {};
  return Returned(info.Env(), Locking(info, command, F_SETLK,
                                      [&](int made) { return sys::Lockf(fd, made, record); }));
}

}  // namespace

void ExportControl(Napi::Object exports, Addon* addon) {
  Export<Fcntl>(exports, "fcntl", addon);
  Export<Ioctl>(exports, "ioctl", addon);
  Export<Flock>(exports, "flock", addon);
  Export<Lockf>(exports, "lockf", addon);
}

}  // namespace fdselect::binding
