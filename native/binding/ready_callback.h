// The JavaScript function that the libuv driver calls when waits may be ready.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace fdselect::binding {

/// A strong reference to the function, until Release(). Thread: JS, for every function.
class ReadyCallback {
 public:
  explicit ReadyCallback(napi_env env) : env_(env) {}
  ~ReadyCallback() { Release(); }

  ReadyCallback(const ReadyCallback&) = delete;
  ReadyCallback& operator=(const ReadyCallback&) = delete;

  /// Takes the reference. Returns whether that succeeded.
  bool Hold(napi_value function);

  /// Calls the function with at most two numbers, as Node calls a callback: microtasks run before
  /// this returns. An exception of the function or of a microtask is an uncaught exception.
  void Call(const std::int32_t* arguments, std::size_t count) const;

  /// Call it before the environment ends. Afterwards Call() does nothing.
  void Release();

 private:
  napi_env env_;  // SAFETY: not used after Release()
  napi_ref function_ = nullptr;
  napi_async_context context_ = nullptr;
};

}  // namespace fdselect::binding
