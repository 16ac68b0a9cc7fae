// The JavaScript function that a waiter's driver calls when waits may be ready.
#include "ready_callback.h"

#include <array>

namespace fdselect::binding {

ReadyCallback::ReadyCallback(napi_env env, napi_value function) : env_(env) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, "fdselect", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, nullptr, name, &context_);
  napi_create_reference(env, function, 1, &function_);
}

void ReadyCallback::Call(const std::int32_t* arguments, std::size_t count) const {
  if (function_ == nullptr) return;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  std::array<napi_value, 2> values{};
  for (std::size_t i = 0; i < count; ++i) napi_create_int32(env_, arguments[i], &values[i]);
  napi_value function = nullptr;
  napi_value global = nullptr;
  napi_get_reference_value(env_, function_, &function);
  napi_get_global(env_, &global);
  const napi_status called =
      napi_make_callback(env_, context_, global, function, count, values.data(), nullptr);
  if (called == napi_pending_exception) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
    napi_fatal_exception(env_, error);
  }
  napi_close_handle_scope(env_, scope);
}

void ReadyCallback::Release() {
  if (function_ == nullptr) return;
  napi_delete_reference(env_, function_);
  napi_async_destroy(env_, context_);
  function_ = nullptr;
}

}  // namespace fdselect::binding
