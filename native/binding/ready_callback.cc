// The JavaScript function that the libuv driver calls when waits may be ready.
#include "ready_callback.h"

#include <array>

namespace fdselect::binding {

bool ReadyCallback::Hold(napi_value function) {
  napi_value name = nullptr;
  return napi_create_string_utf8(env_, "fdselect", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_async_init(env_, nullptr, name, &context_) == napi_ok &&
         napi_create_reference(env_, function, 1, &function_) == napi_ok;
}

// In an environment that is being terminated these calls fail, and then nothing is left to do.
void ReadyCallback::Call(const std::int32_t* arguments, std::size_t count) const {
  if (function_ == nullptr) return;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  std::array<napi_value, 2> values{};
  for (std::size_t i = 0; i < count; ++i) napi_create_int32(env_, arguments[i], &values[i]);
  napi_value function = nullptr;
  napi_value global = nullptr;
  if (napi_get_reference_value(env_, function_, &function) == napi_ok &&
      napi_get_global(env_, &global) == napi_ok) {
    const napi_status called =
        napi_make_callback(env_, context_, global, function, count, values.data(), nullptr);
    napi_value error = nullptr;
    if (called == napi_pending_exception &&
        napi_get_and_clear_last_exception(env_, &error) == napi_ok) {
      napi_fatal_exception(env_, error);
    }
  }
  napi_close_handle_scope(env_, scope);
}

void ReadyCallback::Release() {
  if (function_ != nullptr) napi_delete_reference(env_, function_);
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  function_ = nullptr;
  context_ = nullptr;
}

}  // namespace fdselect::binding
