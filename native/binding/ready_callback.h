// The JavaScript function that a waiter's driver calls when waits may be ready.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace fdselect::binding {

/// Thread: JS, for every function. Held strongly until Release().
class ReadyCallback {
 public:
  explicit ReadyCallback(napi_env env) : env_(env) {}
  ~ReadyCallback() { Release(); }

  ReadyCallback(const ReadyCallback&) = delete;
  ReadyCallback& operator=(const ReadyCallback&) = delete;

  /// Returns whether it holds the function now.
  bool Hold(napi_value function);

  /// Calls it with at most two numbers, as Node calls a callback: promises that it settles go on
  /// before this returns. What it throws, or what throws in these promises' handlers, is an
  /// uncaught exception.
  void Call(const std::int32_t* arguments, std::size_t count) const;

  /// To be called before the environment ends; Call() does nothing from then on.
  void Release();

 private:
  napi_env env_;  // SAFETY: used until Release() only
  napi_ref function_ = nullptr;
  napi_async_context context_ = nullptr;
};

}  // namespace fdselect::binding
