// Reads and checks the arguments of a binding function.
#include "arguments.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace fdselect::binding {

namespace {

/// Sixteen times PATH_MAX. The system refuses a path or name of this length, so the rest of a
/// longer one is not copied.
constexpr std::size_t kLongestText = 65'536;

}  // namespace

std::int32_t Arguments::Int(std::size_t index, const char* name) {
  std::int32_t value = 0;
  if (napi_get_value_int32(Env(), info_[index], &value) != napi_ok) FailType(name, "a number");
  return value;
}

std::int64_t Arguments::Long(std::size_t index, const char* name) {
  std::int64_t value = 0;
  if (napi_get_value_int64(Env(), info_[index], &value) != napi_ok) FailType(name, "a number");
  return value;
}

std::string Arguments::Text(std::size_t index, const char* name) {
  std::size_t size = 0;
  const napi_value value = info_[index];
  if (napi_get_value_string_utf8(Env(), value, nullptr, 0, &size) == napi_ok) {
    std::string text(std::min(size, kLongestText), '\0');
    // SAFETY: data() has size() + 1 bytes; this call writes the last one, the NUL, too.
    napi_get_value_string_utf8(Env(), value, text.data(), text.size() + 1, &size);
    return text;
  }
  bool is_buffer = false;
  napi_is_buffer(Env(), value, &is_buffer);
  if (!is_buffer) {
    FailType(name, "a string or a Uint8Array");
    return {};
  }
  const Bytes bytes = BytesAt(index, name);
  return {reinterpret_cast<const char*>(bytes.data), std::min(bytes.size, kLongestText)};
}

std::optional<std::string> Arguments::OptionalText(std::size_t index, const char* name) {
  const Napi::Value value = info_[index];
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  return Text(index, name);
}

Bytes Arguments::BytesAt(std::size_t index, const char* name) {
  return BytesOf(info_[index], name);
}

Bytes Arguments::BytesOf(napi_value value, const char* name) {
  bool is_buffer = false;
  void* data = nullptr;
  std::size_t size = 0;
  napi_is_buffer(Env(), value, &is_buffer);
  if (!is_buffer || napi_get_buffer_info(Env(), value, &data, &size) != napi_ok) {
    FailType(name, "a Uint8Array");
    return {};
  }
  return {static_cast<std::uint8_t*>(data), size};
}

Bytes Arguments::Slice(std::size_t index, std::size_t offset_index, const char* name) {
  const Bytes bytes = BytesAt(index, name);
  const std::int64_t offset = Long(offset_index, "offset");
  const std::int64_t size = Long(offset_index + 1, "size");
  if (failed_) return {};
  const auto length = static_cast<std::int64_t>(bytes.size);
  if (offset < 0 || size < 0 || offset > length || size > length - offset) {
    FailRange(name);
    return {};
  }
  return {bytes.data + offset, static_cast<std::size_t>(size)};
}

Napi::Array Arguments::Array(std::size_t index, const char* name) {
  const Napi::Value value = info_[index];
  if (!value.IsArray()) {
    FailType(name, "an array");
    return Napi::Array::New(Env());
  }
  return value.As<Napi::Array>();
}

void Arguments::FailType(const char* name, const char* expected) {
  if (!failed_) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "%s must be %s", name, expected);
    napi_throw_type_error(Env(), nullptr, text.data());
  }
  failed_ = true;
}

void Arguments::FailRange(const char* name) {
  if (!failed_) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "%s is out of range", name);
    napi_throw_range_error(Env(), nullptr, text.data());
  }
  failed_ = true;
}

}  // namespace fdselect::binding
