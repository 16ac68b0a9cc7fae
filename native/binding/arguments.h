// Reading the arguments of a binding function.
//
// lib/ checks what users give and words the errors; the checks here make sure that no call from
// JavaScript, however wrong, can reach memory that is not there.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "values.h"

namespace fdselect::binding {

/// Memory of a Uint8Array. SAFETY: valid until the binding function returns, because no
/// JavaScript of this environment runs before and so nothing can detach, resize or collect it.
struct Bytes {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

/// The arguments of one call. A wrong one makes `Failed()` true and throws a TypeError or
/// RangeError that names it; the values returned from then on are zeros.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  Napi::Env Env() const { return info_.Env(); }
  bool Failed() const { return failed_; }

  std::int32_t Int(std::size_t index, const char* name);
  /// A whole number beyond 32 bits, such as a time.
  std::int64_t Long(std::size_t index, const char* name);
  /// A string, whose bytes are UTF-8 here, or the bytes of a Uint8Array; may hold NUL.
  std::string Text(std::size_t index, const char* name);
  /// The same; nothing where the argument is null or absent.
  std::optional<std::string> OptionalText(std::size_t index, const char* name);
  Bytes BytesAt(std::size_t index, const char* name);
  /// The same of a value that is not an argument itself, such as an item of a list.
  Bytes BytesOf(napi_value value, const char* name);
  /// `size` bytes from `offset`, both given as arguments from `offset_index` on, of a Uint8Array.
  Bytes Slice(std::size_t index, std::size_t offset_index, const char* name);
  Napi::Array Array(std::size_t index, const char* name);

  void FailType(const char* name, const char* expected);
  void FailRange(const char* name);

 private:
  const Napi::CallbackInfo& info_;
  bool failed_ = false;
};

}  // namespace fdselect::binding
