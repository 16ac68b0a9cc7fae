// The functions of libuv that this addon uses, looked up at run time.
#include "libuv.h"

#include <dlfcn.h>

namespace fdselect::binding {

namespace {

template <class Function>
bool Find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

}  // namespace

std::optional<LibUv> LibUv::Find() {
  LibUv uv{};
  const bool has_all =
      binding::Find("uv_handle_size", uv.handle_size) &&
      binding::Find("uv_handle_set_data", uv.handle_set_data) &&
      binding::Find("uv_poll_init", uv.poll_init) &&
      binding::Find("uv_poll_start", uv.poll_start) &&
      binding::Find("uv_poll_stop", uv.poll_stop) &&
      binding::Find("uv_timer_init", uv.timer_init) &&
      binding::Find("uv_timer_start", uv.timer_start) && binding::Find("uv_close", uv.close) &&
      binding::Find("uv_ref", uv.ref) && binding::Find("uv_unref", uv.unref) &&
      binding::Find("uv_backend_fd", uv.backend_fd) &&
      binding::Find("uv_loop_size", uv.loop_size) && binding::Find("uv_loop_init", uv.loop_init) &&
      binding::Find("uv_loop_close", uv.loop_close) && binding::Find("uv_run", uv.run) &&
      binding::Find("uv_handle_get_data", uv.handle_get_data) &&
      binding::Find("uv_signal_init", uv.signal_init) &&
      binding::Find("uv_signal_start", uv.signal_start);
  if (!has_all) return std::nullopt;
  return uv;
}

bool LibUv::IsDefault(const UvLoop* loop) {
  UvLoop* (*default_loop)() = nullptr;
  return binding::Find("uv_default_loop", default_loop) && default_loop() == loop;
}

}  // namespace fdselect::binding
