// Turns off a terminal's echo, and turns it on again even if a signal ends the program (POSIX).
#include "hidden_terminal.h"

#include <sched.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <utility>

#include "io.h"
#include "result.h"
#include "terminal.h"

namespace fdselect::sys {

namespace {

struct Caught {
  int number;
  bool only_if_default;  // leave it alone if the program has a handler: it does not end then
};

constexpr std::array kSignals{
    Caught{SIGINT, false},  Caught{SIGQUIT, false}, Caught{SIGTERM, false},  Caught{SIGHUP, false},
    Caught{SIGTSTP, false}, Caught{SIGALRM, true},  Caught{SIGUSR1, true},   Caught{SIGUSR2, true},
    Caught{SIGXCPU, true},  Caught{SIGXFSZ, true},  Caught{SIGVTALRM, true}, Caught{SIGPROF, true},
};

struct State {
  std::atomic<bool> is_used{false};      // by one HiddenTerminal
  std::atomic<bool> is_catching{false};  // false: the handlers do nothing
  std::atomic<bool> is_hidden{false};
  std::atomic<int> running_handlers{0};
  // Set before is_hidden, and not changed while a handler may run.
  int terminal = -1;
  int pipe = -1;
  termios former{};
  std::array<struct sigaction, kSignals.size()> earlier{};
  std::array<bool, kSignals.size()> is_caught{};
};

// Trivially destroyed: a signal may still come while the process ends.
State& TheState() {
  static State state;
  return state;
}

std::atomic<State*> state_for_handlers{nullptr};

/// Gives the terminal its former attributes, once. Input that was not read is discarded, so that
/// the shell does not get half a password. Thread: any, also in a signal handler.
void Restore(State& state) {
  if (!state.is_hidden.exchange(false)) return;
  // tcsetattr(3) stops a background process, unless SIGTTOU is blocked.
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  SetAttributes(state.terminal, TCSAFLUSH, state.former);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void OnSignal(int signal) {
  const int saved_errno = errno;
  State& state = *state_for_handlers.load();
  state.running_handlers.fetch_add(1);
  if (state.is_catching.load()) {
    Restore(state);
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const auto written = ::write(state.pipe, &byte, 1);
  }
  state.running_handlers.fetch_sub(1);
  errno = saved_errno;
}

// Thread: any that calls exit(3).
void OnExit() {
  State* state = state_for_handlers.load();
  if (state != nullptr) Restore(*state);
}

void Catch(State& state) {
  struct sigaction action{};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction& earlier = state.earlier[i];
    state.is_caught[i] = false;
    if (::sigaction(kSignals[i].number, nullptr, &earlier) != 0) continue;
    const bool has_info = (earlier.sa_flags & SA_SIGINFO) != 0;
    const bool is_default = !has_info && earlier.sa_handler == SIG_DFL;
    const bool is_ignored = !has_info && earlier.sa_handler == SIG_IGN;
    if (is_ignored || (kSignals[i].only_if_default && !is_default)) continue;
    state.is_caught[i] = ::sigaction(kSignals[i].number, &action, nullptr) == 0;
  }
}

/// Restores the former handlers, except where other code has replaced ours since.
void Release(State& state) {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (!state.is_caught[i]) continue;
    struct sigaction current{};
    ::sigaction(kSignals[i].number, nullptr, &current);
    const bool is_ours = (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == OnSignal;
    if (is_ours) ::sigaction(kSignals[i].number, &state.earlier[i], nullptr);
  }
}

}  // namespace

int HiddenTerminal::Open(int fd, std::unique_ptr<HiddenTerminal>& opened) {
  std::unique_ptr<HiddenTerminal> made(new (std::nothrow) HiddenTerminal());
  State& state = TheState();
  if (made == nullptr) return -ENOMEM;
  made->terminal_ = OwnedFd(Dup(fd));
  if (!made->terminal_) return made->terminal_.error();
  std::array<int, 2> ends{};
  const int piped = Pipe(ends);
  if (piped < 0) return piped;
  made->read_end_ = OwnedFd(ends[0]);
  made->write_end_ = OwnedFd(ends[1]);
  for (const int end : ends) {
    const int set = SetBlocking(end, false);
    if (set < 0) return set;
  }
  termios former{};
  const int got = GetAttributes(fd, former);
  if (got < 0) return got;
  if (state.is_used.exchange(true)) return -EBUSY;
  state.terminal = made->terminal_.get();
  state.pipe = made->write_end_.get();
  state.former = former;
  made->is_active_ = true;
  state.is_catching.store(true);
  if (state_for_handlers.exchange(&state) == nullptr) std::atexit(OnExit);
  Catch(state);
  opened = std::move(made);  // from here on its destructor undoes everything
  termios hidden = former;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // Set before the call, so that a signal during it restores the terminal.
  state.is_hidden.store(true);
  const int set = SetAttributes(fd, TCSAFLUSH, hidden);
  if (set < 0) opened.reset();
  return set < 0 ? set : 0;
}

HiddenTerminal::~HiddenTerminal() {
  if (!is_active_) return;
  State& state = TheState();
  Release(state);
  Restore(state);
  state.is_catching.store(false);
  // A handler may still run in another thread: the fds must outlive it.
  while (state.running_handlers.load() != 0) sched_yield();
  state.is_used.store(false);
}

int HiddenTerminal::TakeSignal() {
  unsigned char number = 0;
  return Read(read_end_.get(), &number, 1) == 1 ? number : 0;
}

}  // namespace fdselect::sys
