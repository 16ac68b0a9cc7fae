// Reads and checks the arguments of a binding function.
//
// lib/ checks the arguments of users and makes the error messages. The checks here make sure that
// no call from JavaScript, however wrong, accesses memory outside of its arguments.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "values.h"

namespace fdselect::binding {

/// The memory of a Uint8Array. SAFETY: valid until the binding function returns: no JavaScript of a
/// program runs before, so nothing can detach, resize or collect it.
struct Bytes {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

/// The arguments of one call. A wrong argument makes `Failed()` true and throws a TypeError or
/// RangeError that names it; a value that could not be read is zero or empty.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  Napi::Env Env() const { return info_.Env(); }
  bool Failed() const { return failed_; }

  std::int32_t Int(std::size_t index, const char* name);
  /// A whole number beyond 32 bits, such as a time.
  std::int64_t Long(std::size_t index, const char* name);
  /// A string as UTF-8, or the bytes of a Uint8Array; may contain NUL.
  std::string Text(std::size_t index, const char* name);
  /// The same; nullopt if the argument is null or absent.
  std::optional<std::string> OptionalText(std::size_t index, const char* name);
  Bytes BytesAt(std::size_t index, const char* name);
  /// The same for a value that is not an argument itself, such as an item of a list.
  Bytes BytesOf(napi_value value, const char* name);
  /// Part of a Uint8Array: its offset is the argument at `offset_index`, its size the next one.
  Bytes Slice(std::size_t index, std::size_t offset_index, const char* name);
  Napi::Array Array(std::size_t index, const char* name);

  void FailType(const char* name, const char* expected);
  void FailRange(const char* name);

 private:
  const Napi::CallbackInfo& info_;
  bool failed_ = false;
};

}  // namespace fdselect::binding
