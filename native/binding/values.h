// Reads and writes JavaScript values.
//
// While an environment is being terminated, these Node-API calls fail, and node-addon-api's own
// functions would end the process. Here a failure is ignored: no code will read the value.
#pragma once

#include <napi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fdselect::binding {

inline void SetProperty(Napi::Object object, const char* name, napi_value value) {
  napi_set_named_property(object.Env(), object, name, value);
}

/// Empty if it fails.
inline Napi::Value GetElement(Napi::Array array, std::uint32_t index) {
  napi_value element = nullptr;
  napi_get_element(array.Env(), array, index, &element);
  return {array.Env(), element};
}

inline void SetElement(Napi::Array array, std::uint32_t index, napi_value value) {
  napi_set_element(array.Env(), array, index, value);
}

/// The result of a binding function. napi_create_int32() is quicker than Napi::Number, which
/// converts to a double.
inline Napi::Value Result(Napi::Env env, std::int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return {env, result};
}

inline napi_value Number(napi_env env, std::int64_t value) {
  napi_value number = nullptr;
  napi_create_int64(env, value, &number);
  return number;
}

inline napi_value Text(napi_env env, const std::string& text) {
  napi_value string = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &string);
  return string;
}

/// A Buffer with a copy of the bytes.
inline napi_value BufferOf(napi_env env, const std::string& bytes) {
  napi_value buffer = nullptr;
  napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &buffer);
  return buffer;
}

inline Napi::Array NewArray(napi_env env) {
  napi_value array = nullptr;
  napi_create_array(env, &array);
  return {env, array};
}

/// Fills the array with the two fds of a pipe or a socket pair.
inline void SetPair(Napi::Array out, const std::array<int, 2>& fds) {
  for (std::uint32_t i = 0; i < fds.size(); ++i) SetElement(out, i, Result(out.Env(), fds[i]));
}

}  // namespace fdselect::binding
