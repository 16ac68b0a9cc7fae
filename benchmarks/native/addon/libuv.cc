// The libuv of the Node process itself, with a separate loop and a uv_poll_t for each fd, as an
// addon would use libuv to watch its file descriptors.
#include <uv.h>

#include <memory>

#include "loops.h"

namespace {

// The result of a turn of the loop.
struct Answer {
  int found = 0;
  int64_t sum = 0;
};

void OnReady(uv_poll_t* handle, int, int events) {
  auto& answer = *static_cast<Answer*>(handle->data);
  ++answer.found;
  answer.sum += events;
}

class Loop {
 public:
  explicit Loop(const Fds& fds) : fds_(fds), handles_(fds.size()) { uv_loop_init(loop_.get()); }

  ~Loop() { uv_loop_close(loop_.get()); }

  void Register() {
    for (size_t i = 0; i < fds_.size(); ++i) {
      uv_poll_init(loop_.get(), &handles_[i], fds_[i]);
      handles_[i].data = &answer_;
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
    answer_.found = 0;
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    return answer_.found;
  }

  int64_t sum() const { return answer_.sum; }

 private:
  const Fds& fds_;
  const std::unique_ptr<uv_loop_t> loop_ = std::make_unique<uv_loop_t>();
  std::vector<uv_poll_t> handles_;
  Answer answer_;
};

}  // namespace

Result LibuvWaits(const Fds& fds, int rounds) {
  Loop loop(fds);
  loop.Register();
  int found = 0;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) found = loop.Run();
  const Result result{stopwatch.NanosecondsPer(rounds), found, loop.sum()};
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
