// The functions of libuv that this addon uses, looked up at run time: the addon must also load in
// runtimes without libuv, so it cannot link against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace fdselect::binding {

/// Opaque: the sizes of libuv's structures differ between versions.
struct UvLoop;
struct UvHandle;

struct LibUv {
  /// nullopt if one of the functions is missing.
  static std::optional<LibUv> Find();

  /// Whether this is the loop of the main thread. Looks up one function only: to look up all of
  /// them would be a tenth of the addon's load time.
  static bool IsDefault(const UvLoop* loop);

  /// The numbers of uv_handle_type, uv_poll_event and uv_run_mode are part of libuv's ABI.
  static constexpr int kPollType = 8;
  static constexpr int kTimerType = 13;
  static constexpr int kReadable = 1;

  std::size_t (*handle_size)(int type);
  void (*handle_set_data)(UvHandle*, void*);
  int (*poll_init)(UvLoop*, UvHandle*, int fd);
  int (*poll_start)(UvHandle*, int events, void (*callback)(UvHandle*, int status, int events));
  int (*poll_stop)(UvHandle*);
  int (*timer_init)(UvLoop*, UvHandle*);
  int (*timer_start)(UvHandle*, void (*callback)(UvHandle*), std::uint64_t timeout_ms,
                     std::uint64_t repeat_ms);
  void (*close)(UvHandle*, void (*callback)(UvHandle*));
  void (*ref)(UvHandle*);
  void (*unref)(UvHandle*);
  int (*backend_fd)(const UvLoop*);

  // For a separate loop that only handles signals; see uv_signal_pipe.cc.
  static constexpr int kSignalType = 16;
  static constexpr int kRunDefault = 0;
  static constexpr int kRunNoWait = 2;

  std::size_t (*loop_size)();
  int (*loop_init)(UvLoop*);
  int (*loop_close)(UvLoop*);
  int (*run)(UvLoop*, int mode);
  void* (*handle_get_data)(const UvHandle*);
  int (*signal_init)(UvLoop*, UvHandle*);
  int (*signal_start)(UvHandle*, void (*callback)(UvHandle*, int signal), int signal);
};

}  // namespace fdselect::binding
