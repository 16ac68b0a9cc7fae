// The libuv of the Node process itself, with a loop of its own and a uv_poll_t for each fd: what an
// addon does that has its file descriptors watched by libuv.
#include <uv.h>

#include <memory>

#include "loops.h"

namespace {

constexpr int kOperations = 3;

// A handle that knows in which round it was last called back. libuv asks again, up to 48 times, as
// long as it gets as many events as it has room for (1024): from there on it calls back for the
// same fd several times in a round, which is one fd found.
struct Watched {
  uv_poll_t handle;
  int* round;
  int* found;
  int last_round;
};

void OnReady(uv_poll_t* handle, int, int) {
  auto* const watched = static_cast<Watched*>(handle->data);
  if (watched->last_round == *watched->round) return;
  watched->last_round = *watched->round;
  ++*watched->found;
}

class Loop {
 public:
  explicit Loop(const Fds& fds) : fds_(fds), watched_(fds.size()) { uv_loop_init(loop_.get()); }

  ~Loop() { uv_loop_close(loop_.get()); }

  void Register() {
    for (size_t i = 0; i < fds_.size(); ++i) {
      Watched& watched = watched_[i];
      watched.round = &round_;
      watched.found = &found_;
      watched.last_round = -1;
      uv_poll_init(loop_.get(), &watched.handle, fds_[i]);
      watched.handle.data = &watched;
    }
    Start(UV_READABLE);
  }

  // libuv tells epoll when it runs next.
  void Start(int events) {
    for (Watched& watched : watched_) uv_poll_start(&watched.handle, events, OnReady);
    Run();
  }

  void Unregister() {
    for (Watched& watched : watched_) {
      uv_poll_stop(&watched.handle);
      uv_close(reinterpret_cast<uv_handle_t*>(&watched.handle), nullptr);
    }
    Run();  // a handle is closed at the end of a turn of the loop
  }

  // How many fds are ready.
  int Run() {
    ++round_;
    found_ = 0;
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    return found_;
  }

 private:
  const Fds& fds_;
  const std::unique_ptr<uv_loop_t> loop_ = std::make_unique<uv_loop_t>();
  std::vector<Watched> watched_;
  int round_ = 0;
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
  return {stopwatch.NanosecondsPer(double(rounds) * fds.size() * kOperations), 0};
}
