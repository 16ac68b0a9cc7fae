// Signals as bytes in a pipe (POSIX): sigaction(2).
#include "signals.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <map>
#include <mutex>
#include <utility>

#include "io.h"
#include "result.h"

namespace fdselect::sys {

namespace {

struct Route {
  std::atomic<int> signal{0};  // 0: free
  std::atomic<int> fd{-1};
};

constexpr std::size_t kMaxRoutes = 256;

struct Table {
  std::array<Route, kMaxRoutes> routes;
  std::atomic<int> running_handlers{0};
  std::mutex mutex;  // guards the rest, and changes of routes; a handler never takes it
  std::map<int, struct sigaction> earlier;
};

// Process-wide because a disposition is. Constructed before any handler exists, never destroyed:
// a signal may still come while the process ends.
Table& TheTable() {
  static auto* const table = new Table();
  return *table;
}

std::atomic<Table*> table_for_handlers{nullptr};

// Any thread, at any moment: only atomics and write(2).
void OnSignal(int signal) {
  const int saved_errno = errno;
  Table& table = *table_for_handlers.load();
  table.running_handlers.fetch_add(1);
  for (const Route& route : table.routes) {
    if (route.signal.load() != signal) continue;
    const auto byte = static_cast<unsigned char>(signal);
    // A full pipe holds tens of thousands of signals that nobody has read: one more may go.
    [[maybe_unused]] const auto written = ::write(route.fd.load(), &byte, 1);
  }
  table.running_handlers.fetch_sub(1);
  errno = saved_errno;
}

bool IsRouted(const Table& table, int signal) {
  for (const Route& route : table.routes) {
    if (route.signal.load() == signal) return true;
  }
  return false;
}

int Install(Table& table, int signal) {
  struct sigaction action{};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;  // poll, select and epoll_wait end with EINTR all the same
  sigfillset(&action.sa_mask);
  struct sigaction earlier{};
  const int set = Once([&] { return ::sigaction(signal, &action, &earlier); });
  if (set == 0) table.earlier[signal] = earlier;
  return set;
}

void Restore(Table& table, int signal) {
  const auto found = table.earlier.find(signal);
  if (found == table.earlier.end()) return;
  struct sigaction current{};
  ::sigaction(signal, nullptr, &current);
  if (current.sa_handler == OnSignal) ::sigaction(signal, &found->second, nullptr);
  table.earlier.erase(found);
}

bool IsFault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
         signal == SIGTRAP || signal == SIGABRT;
}

int AddRoute(int signal, int fd) {
  if (signal < 1 || IsFault(signal)) return -EINVAL;
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  table_for_handlers.store(&table);
  for (Route& route : table.routes) {
    if (route.signal.load() != 0) continue;
    const bool is_first = !IsRouted(table, signal);
    route.fd.store(fd);
    route.signal.store(signal);
    const int installed = is_first ? Install(table, signal) : 0;
    if (installed < 0) route.signal.store(0);
    return installed;
  }
  return -ENOSPC;
}

// When this returns, no handler is still using `fd`.
void RemoveRoutes(int fd) {
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  for (Route& route : table.routes) {
    if (route.signal.load() == 0 || route.fd.load() != fd) continue;
    const int signal = route.signal.exchange(0);
    if (!IsRouted(table, signal)) Restore(table, signal);
  }
  // A handler in another thread may have read the route just before: the fd must outlive it.
  while (table.running_handlers.load() != 0) sched_yield();
}

}  // namespace

int SignalPipe::Open(const std::vector<int>& signals, std::unique_ptr<SignalPipe>& opened) {
  std::array<int, 2> fds{};
  const int made = Pipe(fds);
  if (made < 0) return made;
  std::unique_ptr<SignalPipe> pipe(new SignalPipe(fds[0], fds[1]));
  for (const int fd : fds) {
    const int set = SetBlocking(fd, false);
    if (set < 0) return set;
  }
  for (const int signal : signals) {
    const int added = AddRoute(signal, pipe->write_fd_);
    if (added < 0) return added;
  }
  opened = std::move(pipe);
  return 0;
}

SignalPipe::~SignalPipe() {
  RemoveRoutes(write_fd_);
  Close(write_fd_);
  Close(read_fd_);
}

}  // namespace fdselect::sys
