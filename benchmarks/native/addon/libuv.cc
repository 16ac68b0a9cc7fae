// The libuv of the Node process itself, with a loop of its own and a uv_poll_t for each fd: what an
// addon does that has its file descriptors watched by libuv.
#include <uv.h>

#include <memory>

#include "loops.h"

namespace {

void OnReady(uv_poll_t* handle, int, int) { ++*static_cast<int*>(handle->data); }

class Loop {
 public:
  explicit Loop(const Fds& fds) : fds_(fds), handles_(fds.size()) { uv_loop_init(loop_.get()); }

  ~Loop() { uv_loop_close(loop_.get()); }

  void Register() {
    for (size_t i = 0; i < fds_.size(); ++i) {
      uv_poll_init(loop_.get(), &handles_[i], fds_[i]);
      handles_[i].data = &found_;
    }
    Start(UV_READABLE);
  }

  // libuv tells epoll when it runs next.
  void Start(int events) {
    for (uv_poll_t& handle : handles_) uv_poll_start(&handle, events, OnReady);
    Run();
  }

  void Unregister() {
    for (uv_poll_t& handle : handles_) {
      uv_poll_stop(&handle);
      uv_close(reinterpret_cast<uv_handle_t*>(&handle), nullptr);
    }
    Run();  // a handle is closed at the end of a turn of the loop
  }

  // How many fds are ready.
  int Run() {
    found_ = 0;
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    return found_;
  }

 private:
  const Fds& fds_;
  const std::unique_ptr<uv_loop_t> loop_ = std::make_unique<uv_loop_t>();
  std::vector<uv_poll_t> handles_;
  int found_ = 0;
};

}  // namespace

Result LibuvWaits(const Fds& fds, int rounds) {
  Loop loop(fds);
  loop.Register();
  int found = 0;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) found = loop.Run();
  const Result result{stopwatch.NanosecondsPer(rounds), found};
  loop.Unregister();
  return result;
}

Result LibuvChurn(const Fds& fds, int rounds) {
  Loop loop(fds);
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    loop.Register();
    loop.Start(UV_READABLE | UV_WRITABLE);
    loop.Unregister();
  }
  return {stopwatch.NanosecondsPer(double(rounds) * fds.size() * kChurnOperations), 0};
}
