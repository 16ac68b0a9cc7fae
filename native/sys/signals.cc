// Signals as a readable file descriptor (POSIX): sigaction(2).
#include "signals.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "io.h"
#include "mutex.h"
#include "nowait.h"
#include "owned_fd.h"
#include "result.h"

namespace fdselect::sys {

namespace {

struct Route {
  std::atomic<int> signal{0};  // 0: free
  std::atomic<int> fd{-1};
};

/// The handler that was installed before ours; atomic, because ours reads it at any moment.
struct Earlier {
  std::atomic<void (*)(int)> plain{nullptr};
  std::atomic<void (*)(int, siginfo_t*, void*)> with_info{nullptr};
};

constexpr std::size_t kMaxRoutes = 256;
constexpr std::size_t kSignals = 65;  // 1 to 64: SIGRTMAX of Linux is the largest anywhere
constexpr std::size_t kHandlingThreads = 64;

struct Table {
  std::array<Route, kMaxRoutes> routes;
  std::array<Earlier, kSignals> earlier;
  std::atomic<int> running_handlers{0};
  std::array<std::atomic<pthread_t>, kHandlingThreads> handling{};  // the threads in a handler
  /// What was installed before our handler the first time; written before that, and only once.
  std::array<struct sigaction, kSignals> original{};
  Mutex mutex;  // guards the rest, and changes of routes; a handler never takes it
  std::array<struct sigaction, kSignals> before{};
  std::array<bool, kSignals> has_original{};
};

// Process-wide, as dispositions are. Constructed before any handler is installed, and never
// destroyed: a signal may arrive while the process exits.
Table& TheTable() {
  static auto* const table = new Table();
  return *table;
}

std::atomic<Table*> table_for_handlers{nullptr};

/// Marks a thread as handling a signal, for as long as the object lives. Code that has replaced our
/// handler, such as a runtime's or another copy of this addon, may call ours from its own, which
/// ours calls: without the mark that would never end. A thread_local would be allocated, which a
/// signal handler must not do.
class Handling {
 public:
  explicit Handling(Table& table) {
    const pthread_t self = pthread_self();
    for (const auto& thread : table.handling) {
      if (thread.load() == self) is_nested_ = true;
    }
    for (auto& thread : table.handling) {
      pthread_t none{};
      if (is_nested_ || !thread.compare_exchange_strong(none, self)) continue;
      place_ = &thread;
      return;
    }
  }
  ~Handling() {
    if (place_ != nullptr) place_->store(pthread_t{});
  }

  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

  bool is_nested() const { return is_nested_; }

 private:
  std::atomic<pthread_t>* place_ = nullptr;
  bool is_nested_ = false;
};

void OnSignal(int signal, siginfo_t* info, void* context);

bool IsOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == OnSignal;
}

bool IsRouted(const Table& table, int signal) {
  for (const Route& route : table.routes) {
    if (route.signal.load() == signal) return true;
  }
  return false;
}

// Other code, such as another copy of this addon, has restored our handler although no pipe is open
// any more: sends the signal to what was there before us. Thread: as OnSignal().
bool PassOn(const Table& table, int signal) {
  struct sigaction current{};
  if (::sigaction(signal, nullptr, &current) != 0 || !IsOurs(current)) return false;
  ::sigaction(signal, &table.original[static_cast<std::size_t>(signal)], nullptr);
  pthread_kill(pthread_self(), signal);  // delivered when the handler has returned
  return true;
}

// Thread: any, at any moment. So it uses only atomics, write(2), what signal-safety(7) allows, and
// the former handler.
void OnSignal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  Table& table = *table_for_handlers.load();
  const Handling handling(table);
  if (handling.is_nested()) return;
  if (!IsRouted(table, signal) && PassOn(table, signal)) return;
  table.running_handlers.fetch_add(1);
  for (const Route& route : table.routes) {
    if (route.signal.load() != signal) continue;
    const auto byte = static_cast<unsigned char>(signal);
    // If the pipe is full, tens of thousands of signals were not read: this one is lost.
    [[maybe_unused]] const auto written = ::write(route.fd.load(), &byte, 1);
  }
  table.running_handlers.fetch_sub(1);
  const Earlier& earlier = table.earlier[static_cast<std::size_t>(signal)];
  if (const auto with_info = earlier.with_info.load()) with_info(signal, info, context);
  if (const auto plain = earlier.plain.load()) plain(signal);
  errno = saved_errno;
}

void SetEarlier(Earlier& earlier, const struct sigaction& action) {
  const bool has_info = (action.sa_flags & SA_SIGINFO) != 0;
  const bool is_handler =
      has_info || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
  earlier.with_info.store(has_info ? action.sa_sigaction : nullptr);
  earlier.plain.store(is_handler && !has_info ? action.sa_handler : nullptr);
}

// Installs our handler, unless it is installed. It calls the handler that it replaces.
int Install(Table& table, int signal) {
  const auto index = static_cast<std::size_t>(signal);
  struct sigaction current{};
  const int got = Once([&] { return ::sigaction(signal, nullptr, &current); });
  if (got < 0 || IsOurs(current)) return got;
  SetEarlier(table.earlier[index], current);
  if (!std::exchange(table.has_original[index], true)) table.original[index] = current;
  struct sigaction action{};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_RESTART | SA_SIGINFO;  // poll, select and epoll_wait end with EINTR anyway
  sigfillset(&action.sa_mask);
  const int set = Once([&] { return ::sigaction(signal, &action, nullptr); });
  if (set == 0) table.before[index] = current;
  return set;
}

void Restore(Table& table, int signal) {
  struct sigaction current{};
  ::sigaction(signal, nullptr, &current);
  if (IsOurs(current)) {
    ::sigaction(signal, &table.before[static_cast<std::size_t>(signal)], nullptr);
  }
}

int AddRoute(int signal, int fd) {
  if (!CanBeCaught(signal)) return -EINVAL;
  Table& table = TheTable();
  const Lock lock(table.mutex);
  table_for_handlers.store(&table);
  for (Route& route : table.routes) {
    if (route.signal.load() != 0) continue;
    route.fd.store(fd);
    route.signal.store(signal);
    const int installed = Install(table, signal);
    if (installed < 0) route.signal.store(0);
    return installed;
  }
  return -ENOSPC;
}

// When this returns, no handler is still using `fd`.
void RemoveRoutes(int fd) {
  Table& table = TheTable();
  const Lock lock(table.mutex);
  for (Route& route : table.routes) {
    if (route.signal.load() == 0 || route.fd.load() != fd) continue;
    const int signal = route.signal.exchange(0);
    if (!IsRouted(table, signal)) Restore(table, signal);
  }
  // A handler in another thread may have read the route already: the fd must outlive it.
  while (table.running_handlers.load() != 0) sched_yield();
}

class HandlerPipe final : public SignalPipe {
 public:
  HandlerPipe(int read_fd, int write_fd) : read_fd_(read_fd), write_fd_(write_fd) {}
  ~HandlerPipe() override { RemoveRoutes(write_fd_.get()); }

  int Add(int signal) {
    const int added = AddRoute(signal, write_fd_.get());
    if (added >= 0) signals_.push_back(signal);
    return added;
  }

  int fd() const override { return read_fd_.get(); }

  int Read(std::uint8_t* numbers, std::size_t size) override {
    // If other code has closed the fd, its number may belong to a file that would block.
    const iovec part{numbers, size};
    const int read = ReadNoWait(read_fd_.get(), &part, 1);
    return read == -EAGAIN ? 0 : read;
  }

  int Keep() override {
    Table& table = TheTable();
    const Lock lock(table.mutex);
    for (const int signal : signals_) {
      const int installed = Install(table, signal);
      if (installed < 0) return installed;
    }
    return 0;
  }

 private:
  OwnedFd read_fd_;
  OwnedFd write_fd_;
  std::vector<int> signals_;
};

}  // namespace

bool CanBeCaught(int signal) {
  const bool is_fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE ||
                        signal == SIGILL || signal == SIGTRAP || signal == SIGABRT;
  return signal >= 1 && signal < static_cast<int>(kSignals) && !is_fault;
}

int OpenSignalPipe(const std::vector<int>& signals, std::unique_ptr<SignalPipe>& opened) {
  std::array<int, 2> fds{};
  const int made = Pipe(fds);
  if (made < 0) return made;
  auto pipe = std::make_unique<HandlerPipe>(fds[0], fds[1]);
  for (const int fd : fds) {
    const int set = SetBlocking(fd, false);
    if (set < 0) return set;
  }
  for (const int signal : signals) {
    const int added = pipe->Add(signal);
    if (added < 0) return added;
  }
  opened = std::move(pipe);
  return 0;
}

void RememberDispositions() {
  static const bool is_done = [] {
    Table& table = TheTable();
    for (std::size_t signal = 1; signal < kSignals; ++signal) {
      ::sigaction(static_cast<int>(signal), nullptr, &table.before[signal]);
    }
    return true;
  }();
  static_cast<void>(is_done);
}

void ForgetIfInstalled(int signal) {
  Table& table = TheTable();
  const Lock lock(table.mutex);
  struct sigaction& before = table.before[static_cast<std::size_t>(signal)];
  struct sigaction current{};
  ::sigaction(signal, nullptr, &current);
  if (before.sa_handler == current.sa_handler) before = {};  // SIG_DFL
}

void RestoreIfDefault(int signal) {
  Table& table = TheTable();
  const Lock lock(table.mutex);
  struct sigaction current{};
  ::sigaction(signal, nullptr, &current);
  const bool is_default = (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL;
  if (is_default) ::sigaction(signal, &table.before[static_cast<std::size_t>(signal)], nullptr);
}

}  // namespace fdselect::sys
