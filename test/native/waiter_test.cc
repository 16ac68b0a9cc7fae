// The waiter without Node: both drivers, under the sanitizers. `npm run test:native` builds it.
#include "../../native/waiter/waiter.h"

#include <poll.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "../../native/sys/array.h"
#include "../../native/sys/io.h"
#include "../../native/sys/poll.h"
#include "../../native/waiter/epoll_waiter.h"
#include "../../native/waiter/thread_waiter.h"

using fdselect::waiter::EpollWaiter;
using fdselect::waiter::ThreadWaiter;
using fdselect::waiter::Waiter;
using fdselect::waiter::WaitId;
namespace sys = fdselect::sys;

namespace {

int failures = 0;

void Expect(bool condition, const char* what, int line) {
  if (condition) return;
  std::fprintf(stderr, "line %d: %s\n", line, what);
  ++failures;
}

#define EXPECT(condition) Expect(condition, #condition, __LINE__)

// A waiter and how its event loop would wait for it.
class Fixture {
 public:
  virtual ~Fixture() = default;
  virtual Waiter& waiter() = 0;
  // Waits until there may be something to collect; false when the time is over.
  virtual bool Wait(int timeout_ms) = 0;

  // Collects until something comes or the time is over.
  std::set<WaitId> Collect(int timeout_ms) {
    std::set<WaitId> collected;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (!Wait(std::max(static_cast<int>(left.count()), 0))) break;
      std::array<WaitId, 3> ids{};  // few, so that one call is not enough
      std::size_t count = 0;
      do {
        count = waiter().Collect(ids.data(), ids.size());
        collected.insert(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
      } while (count == ids.size());
      if (!collected.empty()) break;
    }
    return collected;
  }
};

class ThreadFixture final : public Fixture {
 public:
  ThreadFixture() { EXPECT(ThreadWaiter::Open(Notify, this, waiter_) == 0); }

  Waiter& waiter() override { return *waiter_; }

  bool Wait(int timeout_ms) override {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool notified = condition_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                              [this] { return notified_; });
    notified_ = false;
    return notified;
  }

 private:
  static void Notify(void* data) {
    auto* const self = static_cast<ThreadFixture*>(data);
    const std::lock_guard<std::mutex> lock(self->mutex_);
    self->notified_ = true;
    self->condition_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
  std::unique_ptr<ThreadWaiter> waiter_;  // last: its thread ends before what it notifies
};

#ifdef __linux__
/// How many calls of epoll_ctl(2) that add an fd fail from now on, with ENOMEM.
int failing_adds = 0;

class EpollFixture final : public Fixture {
 public:
  EpollFixture() {
    EXPECT(EpollWaiter::Open([](void*) {}, nullptr, waiter_) == 0);
  }
  Waiter& waiter() override { return *waiter_; }
  bool Wait(int timeout_ms) override { return sys::WaitFor(waiter_->fd(), POLLIN, timeout_ms) > 0; }

 private:
  std::unique_ptr<EpollWaiter> waiter_;
};
#endif

class Pipe {
 public:
  Pipe() { EXPECT(sys::Pipe(fds_) == 0); }
  ~Pipe() {
    CloseReader();
    CloseWriter();
  }
  int reader() const { return fds_[0]; }
  int writer() const { return fds_[1]; }
  void Write() const { EXPECT(::write(fds_[1], "x", 1) == 1); }
  void Read() const {
    char byte = 0;
    EXPECT(::read(fds_[0], &byte, 1) == 1);
  }
  void CloseReader() { Close(fds_[0]); }
  void CloseWriter() { Close(fds_[1]); }

 private:
  static void Close(int& fd) {
    if (fd >= 0) sys::Close(fd);
    fd = -1;
  }
  std::array<int, 2> fds_{};
};

constexpr int kLong = 5000;
constexpr int kShort = 60;

using Ids = std::set<WaitId>;

// A wait for one fd.
int Begin(Fixture& fixture, WaitId id, int fd, std::uint16_t events) {
  const int watched = fixture.waiter().Watch(id, fd, events, false);
  return watched < 0 ? watched : fixture.waiter().Arm(id);
}

// Whether nothing is reported, except for a few false alarms.
bool IsQuiet(Fixture& fixture) {
  for (int i = 0; i < 4; ++i) {
    const Ids alarms = fixture.Collect(kShort);
    if (alarms.empty()) return true;
    for (const WaitId id : alarms) fixture.waiter().Rearm(id);
  }
  return false;
}

void ReportsWhatIsReady(Fixture& fixture) {
  Pipe pipe;
  EXPECT(Begin(fixture, 1, pipe.reader(), POLLIN) == 0);
  EXPECT(IsQuiet(fixture));
  pipe.Write();
  EXPECT(fixture.Collect(kLong) == Ids{1});
  fixture.waiter().End(1);
  // Ready already when it begins.
  EXPECT(Begin(fixture, 2, pipe.reader(), POLLIN) == 0);
  EXPECT(fixture.Collect(kLong) == Ids{2});
  fixture.waiter().End(2);
}

void UnionOfMasks(Fixture& fixture) {
  Pipe pipe;
  Begin(fixture, 1, pipe.writer(), POLLPRI);
  Begin(fixture, 2, pipe.writer(), POLLOUT);
  EXPECT(fixture.Collect(kLong) == Ids{2});
  fixture.waiter().End(2);
  EXPECT(IsQuiet(fixture));
  Begin(fixture, 3, pipe.writer(), POLLOUT);
  EXPECT(fixture.Collect(kLong) == Ids{3});
  fixture.waiter().End(3);
  pipe.CloseReader();  // an error comes unasked
  EXPECT(fixture.Collect(kLong) == Ids{1});
  fixture.waiter().End(1);
}

void ManyAtOnce(Fixture& fixture) {
  std::vector<Pipe> pipes(50);
  Ids all;
  for (int i = 0; i < 50; ++i) {
    Begin(fixture, i, pipes[static_cast<std::size_t>(i)].reader(), POLLIN);
    all.insert(i);
  }
  for (const Pipe& pipe : pipes) pipe.Write();
  Ids collected;
  while (collected.size() < 50) {
    const Ids more = fixture.Collect(kLong);
    EXPECT(!more.empty());
    if (more.empty()) break;
    collected.insert(more.begin(), more.end());
  }
  EXPECT(collected == all);
  for (const WaitId id : all) fixture.waiter().End(id);
}

void FalseAlarmsDoNotRepeat(Fixture& fixture) {
  Pipe pipe;
  Begin(fixture, 1, pipe.reader(), POLLOUT);
  pipe.CloseWriter();  // hangs up, for ever
  int alarms = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < end) {
    if (fixture.Collect(50).empty()) continue;
    ++alarms;
    fixture.waiter().Rearm(1);
  }
  EXPECT(alarms >= 1 && alarms <= 10);
  fixture.waiter().End(1);
}

void ReusedNumber(Fixture& fixture) {
  auto first = std::make_unique<Pipe>();
  const int number = first->reader();
  Begin(fixture, 1, number, POLLIN);
  fixture.waiter().End(1);
  const int survivor = sys::Dup(number);  // keeps the old file in an epoll set
  first->Write();
  first.reset();
  Pipe second;
  EXPECT(second.reader() == number);
  Begin(fixture, 2, number, POLLIN);
  const Ids stale = fixture.Collect(kShort);
  if (!stale.empty()) fixture.waiter().Rearm(2);
  second.Write();
  EXPECT(fixture.Collect(kLong) == Ids{2});
  fixture.waiter().End(2);
  sys::Close(survivor);
}

void RegularFile(Fixture& fixture) {
  std::FILE* file = std::tmpfile();
  const int fd = ::fileno(file);
  const int watched = Begin(fixture, 1, fd, POLLIN);
  if (watched != fdselect::waiter::kLookNow) EXPECT(fixture.Collect(kLong) == Ids{1});
  fixture.waiter().End(1);
  EXPECT(Begin(fixture, 2, fd, POLLPRI) == 0);
  EXPECT(IsQuiet(fixture));
  fixture.waiter().End(2);
  std::fclose(file);
}

void EndedWaitsAreSilent(Fixture& fixture) {
  Pipe pipe;
  Begin(fixture, 1, pipe.reader(), POLLIN);
  Begin(fixture, 2, pipe.reader(), POLLIN);
  pipe.Write();
  fixture.waiter().End(1);
  EXPECT(fixture.Collect(kLong) == Ids{2});
  fixture.waiter().Unwatch(2, pipe.reader());
  fixture.waiter().Rearm(2);
  EXPECT(IsQuiet(fixture));
  fixture.waiter().End(2);
  fixture.waiter().End(77);
  fixture.waiter().Rearm(77);
  fixture.waiter().Unwatch(77, 0);
}

// A wait that is made again and again keeps its fds.
void KeepsItsFds(Fixture& fixture) {
  Pipe pipe;
  Pipe other;
  EXPECT(fixture.waiter().Watch(1, pipe.reader(), POLLIN, false) == 0);
  pipe.Write();
  EXPECT(fixture.Collect(kShort).empty());  // it is not armed
  for (int i = 0; i < 5; ++i) {
    EXPECT(fixture.waiter().Arm(1) == 0);
    EXPECT(fixture.waiter().IsWaiting());
    EXPECT(fixture.Collect(kLong) == Ids{1});
    EXPECT(!fixture.waiter().IsWaiting());
    EXPECT(fixture.Collect(kShort).empty());  // as long as the program does something else
    pipe.Read();
    pipe.Write();
  }
  pipe.Read();
  EXPECT(fixture.waiter().Arm(1) == 0);
  fixture.waiter().Watch(1, other.reader(), POLLIN, false);
  fixture.waiter().Unwatch(1, pipe.reader());
  pipe.Write();
  EXPECT(IsQuiet(fixture));
  other.Write();
  EXPECT(fixture.Collect(kLong) == Ids{1});
  EXPECT(fixture.waiter().Arm(1) == 0);
  fixture.waiter().Disarm(1);
  EXPECT(fixture.Collect(kShort).empty());
  fixture.waiter().End(1);
}

// A file that is still open, but under a closed number, and always ready, cannot be removed from an
// epoll set by that number.
void StaleFile(Fixture& fixture) {
  auto first = std::make_unique<Pipe>();
  const int number = first->reader();
  EXPECT(Begin(fixture, 1, number, POLLIN) == 0);
  fixture.waiter().Disarm(1);
  const int survivor = sys::Dup(number);
  first->Write();
  first.reset();
  Pipe second;
  EXPECT(second.reader() == number);
  EXPECT(fixture.waiter().Arm(1) == 0);
  int alarms = 0;
  while (alarms < 100 && !fixture.Collect(kShort).empty()) {
    ++alarms;
    fixture.waiter().Rearm(1);
  }
  EXPECT(alarms < 30);
  second.Write();
  EXPECT(Begin(fixture, 1, number, POLLIN) == 0);
  EXPECT(fixture.Collect(kLong) == Ids{1});
  fixture.waiter().End(1);
  EXPECT(IsQuiet(fixture));
  sys::Close(survivor);
}

// The number of an fd that is closed after Forget() may be used again at once.
void ForgottenNumber(Fixture& fixture) {
  auto first = std::make_unique<Pipe>();
  const int number = first->reader();
  EXPECT(fixture.waiter().Watch(1, number, POLLIN, false) == 0);
  EXPECT(fixture.waiter().Arm(1) == 0);
  fixture.waiter().Disarm(1);
  fixture.waiter().Forget(number);
  first.reset();
  Pipe second;
  EXPECT(second.reader() == number);
  EXPECT(fixture.waiter().Arm(1) == 0);
  second.Write();
  EXPECT(fixture.Collect(kLong) == Ids{1});
  fixture.waiter().End(1);
}

void WaitsOfAnFd(Fixture& fixture) {
  Pipe pipe;
  Pipe other;
  Begin(fixture, 1, pipe.reader(), POLLIN);
  fixture.waiter().Watch(2, other.reader(), POLLIN, false);
  Begin(fixture, 2, pipe.reader(), POLLIN);
  fixture.waiter().Watch(3, pipe.reader(), POLLIN, false);  // not armed
  std::array<WaitId, 4> ids{};
  EXPECT(fixture.waiter().WaitsFor(pipe.reader(), ids.data(), ids.size()) == 2);
  EXPECT((Ids{ids[0], ids[1]} == Ids{~1, 2}));
  EXPECT(fixture.waiter().WaitsFor(pipe.reader(), ids.data(), 1) == 2);
  EXPECT(fixture.waiter().WaitsFor(pipe.writer(), ids.data(), ids.size()) == 0);
  for (const WaitId id : {1, 2, 3}) fixture.waiter().End(id);
}

// Random changes, while another thread writes to, and closes, what is watched.
void Storm(Fixture& fixture) {
  std::vector<Pipe> pipes(16);
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    std::minstd_rand random(1);
    while (!is_over) {
      const Pipe& pipe = pipes[random() % 8];
      if (sys::WaitFor(pipe.writer(), POLLOUT, 0) > 0) pipe.Write();
    }
  });
  std::minstd_rand random(2);
  std::map<WaitId, int> pending;
  WaitId next = 100;
  int found = 0;
  // On a busy machine the writer may begin late.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (int i = 0; i < 5000 || (found == 0 && std::chrono::steady_clock::now() < end); ++i) {
    const std::size_t which = random() % pipes.size();
    switch (random() % 4) {
      case 0:
        Begin(fixture, next, pipes[which].reader(), POLLIN);
        pending[next++] = pipes[which].reader();
        break;
      case 1:
        if (pending.empty()) break;
        fixture.waiter().End(pending.begin()->first);
        pending.erase(pending.begin());
        break;
      case 2:
        if (!pending.empty()) Begin(fixture, pending.begin()->first, pipes[which].reader(), POLLIN);
        break;
      default:
        for (const WaitId id : fixture.Collect(0)) {
          EXPECT(pending.count(id) == 1);
          if (sys::WaitFor(pending[id], POLLIN, 0) > 0) {
            char bytes[64];
            EXPECT(::read(pending[id], bytes, sizeof bytes) > 0);
            fixture.waiter().End(id);
            pending.erase(id);
            ++found;
          } else {
            fixture.waiter().Rearm(id);
          }
        }
    }
  }
  is_over = true;
  writer.join();
  EXPECT(found > 0);
  for (const auto& [id, fd] : pending) fixture.waiter().End(id);
}

#ifdef __linux__
// A set that is replaced while the kernel has no memory: the waits that could not be added become
// ready. To continue such a wait is an error, or works once there is memory.
void ReplacedWithoutMemory() {
  EpollFixture fixture;
  const Pipe alarm;
  const Pipe other;
  EXPECT(Begin(fixture, 1, alarm.reader(), POLLIN) == 0);
  EXPECT(Begin(fixture, 2, other.reader(), POLLIN) == 0);
  // Each alarm is false, and so many false alarms make the waiter replace the set.
  for (int i = 0; i < 16; ++i) {
    alarm.Write();
    EXPECT(fixture.Collect(kLong) == Ids{1});
    if (i == 15) failing_adds = 1000;
    EXPECT(fixture.waiter().Rearm(1) == 0);
  }
  std::array<WaitId, 4> ids{};
  const std::size_t count = fixture.waiter().Collect(ids.data(), ids.size());
  EXPECT(Ids(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count)) == (Ids{1, 2}));
  EXPECT(fixture.waiter().Rearm(2) == -ENOMEM);
  failing_adds = 0;
  EXPECT(fixture.waiter().Arm(2) == 0);
  EXPECT(fixture.waiter().Rearm(1) == 0);
  other.Write();
  EXPECT(fixture.Collect(kLong).count(2) == 1);
  fixture.waiter().End(1);
  fixture.waiter().End(2);
}
#endif

// An IntMap holds what a std::map holds after the same operations.
void MapsLikeStdMap() {
  std::minstd_rand random(3);
  std::array<int, 64> values{};
  std::map<int, int*> model;
  fdselect::sys::IntMap<int> map;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t which = random() % 64;
    // Close to one another, far apart, and negative.
    const int key = static_cast<int>(which % 2 == 0 ? which : which * 0x1000'0001U);
    if (map.Find(key) == nullptr) {
      EXPECT(model.count(key) == 0);
      EXPECT(map.Insert(key, &values[which]));
      model[key] = &values[which];
    } else {
      EXPECT(map.Find(key) == model[key]);
      map.Erase(key);
      model.erase(key);
    }
    EXPECT(map.size() == model.size());
  }
  std::size_t visited = 0;
  map.ForEach([&](int&) { ++visited; });
  EXPECT(visited == model.size());
}

void Run(const char* name, const std::function<std::unique_ptr<Fixture>()>& make) {
  constexpr void (*kTests[])(Fixture&) = {ReportsWhatIsReady,     UnionOfMasks, ManyAtOnce,
                                          FalseAlarmsDoNotRepeat, ReusedNumber, RegularFile,
                                          EndedWaitsAreSilent,    KeepsItsFds,  StaleFile,
                                          ForgottenNumber,        WaitsOfAnFd,  Storm};
  for (const auto test : kTests) {
    const auto fixture = make();
    test(*fixture);
  }
  for (int i = 0; i < 200; ++i) make();  // opened and closed, with nothing between
  std::printf("%s: %zu tests\n", name, std::size(kTests));
}

}  // namespace

#ifdef __linux__
// In place of the C library's.
extern "C" int epoll_ctl(int set, int op, int fd, epoll_event* event) noexcept {
  if (op == EPOLL_CTL_ADD && failing_adds > 0) {
    --failing_adds;
    errno = ENOMEM;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, set, op, fd, event));
}
#endif

int main() {
  MapsLikeStdMap();
#ifdef __linux__
  ReplacedWithoutMemory();
  Run("epoll", [] { return std::make_unique<EpollFixture>(); });
#endif
  Run("thread", [] { return std::make_unique<ThreadFixture>(); });
  std::printf("%d failures\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
