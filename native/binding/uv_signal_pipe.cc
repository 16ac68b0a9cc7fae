// Signals as a readable file descriptor, by libuv's signal handles (Node).
#include "uv_signal_pipe.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <utility>

#include "../sys/io.h"
#include "../sys/owned_fd.h"
#include "libuv.h"

namespace fdselect::binding {

namespace {

/// A separate libuv loop that holds only signal handles. libuv's signal handler writes to a pipe of
/// the loop, and that makes the loop's own fd readable. The loop runs only to collect the signals.
///
/// Thread: JS, for every function.
class UvSignalPipe final : public sys::SignalPipe {
 public:
  explicit UvSignalPipe(const LibUv& uv) : uv_(uv) {}

  ~UvSignalPipe() override {
    for (const Memory& handle : handles_) uv_.close(AsHandle(handle), nullptr);
    if (is_open_) {
      uv_.run(loop(), LibUv::kRunDefault);  // ends as soon as the handles are closed
      uv_.loop_close(loop());
    }
    // libuv sets the default action when the last handle of a signal is closed.
    for (const int signal : signals_) sys::RestoreIfDefault(signal);
  }

  int Open() {
    loop_ = Memory(new char[uv_.loop_size()]);
    const int made = uv_.loop_init(loop());
    is_open_ = made == 0;
    if (made != 0) return made;
    // Programs get a duplicate, because libuv ends the process if its own fd has been closed.
    fd_ = sys::OwnedFd(sys::Dup(uv_.backend_fd(loop())));
    return fd_ ? 0 : fd_.error();
  }

  int Add(int signal) {
    if (!sys::CanBeCaught(signal)) return -EINVAL;
    Memory handle(new char[uv_.handle_size(LibUv::kSignalType)]);
    const int made = uv_.signal_init(loop(), AsHandle(handle));
    if (made != 0) return made;
    uv_.handle_set_data(AsHandle(handle), this);
    handles_.push_back(std::move(handle));
    const int started = uv_.signal_start(AsHandle(handles_.back()), OnSignal, signal);
    if (started != 0) return started;
    signals_.push_back(signal);
    sys::ForgetIfInstalled(signal);
    return 0;
  }

  int fd() const override { return fd_.get(); }

  int Read(std::uint8_t* numbers, std::size_t size) override {
    if (pending_.empty()) Collect();
    const std::size_t count = std::min(size, pending_.size());
    const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(pending_.begin(), end, numbers);
    pending_.erase(pending_.begin(), end);
    return static_cast<int>(count);
  }

  /// Moves signals that have arrived to `pending_`. The first call also starts the loop's watching.
  void Collect() { uv_.run(loop(), LibUv::kRunNoWait); }

 private:
  using Memory = std::unique_ptr<char[]>;

  static UvHandle* AsHandle(const Memory& memory) {
    return reinterpret_cast<UvHandle*>(memory.get());
  }

  UvLoop* loop() { return reinterpret_cast<UvLoop*>(loop_.get()); }

  // Called in Collect(), never in a signal handler.
  static void OnSignal(UvHandle* handle, int signal) {
    // SAFETY: set by Add(); the handle is closed before the pipe is destroyed.
    auto* pipe = static_cast<UvSignalPipe*>(LibUv::Find()->handle_get_data(handle));
    pipe->pending_.push_back(static_cast<std::uint8_t>(signal));
  }

  const LibUv uv_;
  Memory loop_;
  bool is_open_ = false;
  std::vector<Memory> handles_;
  std::vector<int> signals_;
  std::deque<std::uint8_t> pending_;
  sys::OwnedFd fd_;
};

}  // namespace

int OpenUvSignalPipe(const std::vector<int>& signals, std::unique_ptr<sys::SignalPipe>& opened) {
  const auto uv = LibUv::Find();
  if (!uv) return -ENOSYS;
  auto pipe = std::make_unique<UvSignalPipe>(*uv);
  const int made = pipe->Open();
  if (made < 0) return made;
  for (const int signal : signals) {
    const int added = pipe->Add(signal);
    if (added < 0) return added;
  }
  pipe->Collect();
  opened = std::move(pipe);
  return 0;
}

}  // namespace fdselect::binding
