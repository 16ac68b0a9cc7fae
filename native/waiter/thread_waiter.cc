// Waits that share one thread in poll(2) (POSIX): for event loops that take no fd from outside.
#include "thread_waiter.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <utility>

#include "../sys/poll.h"
#include "../sys/waker.h"

namespace fdselect::waiter {

namespace {

constexpr int kForEver = -1;
constexpr std::chrono::milliseconds kMutedFor{100};
constexpr short kUnasked = POLLERR | POLLHUP | POLLNVAL;

/// Where poll(2) refuses all fds at once, or there is no memory: how long between two looks.
constexpr int kPauseMs = 10;

}  // namespace

int ThreadWaiter::Open(void (*notify)(void* data), void* data,
                       std::unique_ptr<ThreadWaiter>& opened) {
  sys::OwnedFd waker(sys::WakerOpen());
  if (!waker) return waker.error();
  auto waiter = std::unique_ptr<ThreadWaiter>(new (std::nothrow)
                                                  ThreadWaiter(std::move(waker), notify, data));
  if (waiter == nullptr || !waiter->polled_.Reserve(1)) return -ENOMEM;
  // SAFETY: the destructor joins the thread.
  const int error = pthread_create(&waiter->thread_, nullptr, Run, waiter.get());
  if (error != 0) return -error;
  waiter->has_thread_ = true;
  opened = std::move(waiter);
  return 0;
}

ThreadWaiter::~ThreadWaiter() {
  if (!has_thread_) return;
  {
    const sys::Lock lock(mutex_);
    is_stopping_ = true;
    Wake();
  }
  pthread_join(thread_, nullptr);
}

int ThreadWaiter::Watch(WaitId id, int fd, std::uint16_t events, bool is_own) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.WaitOf(id);
  Interest* const interest = wait == nullptr ? nullptr : interests_.Of(*wait, fd);
  if (interest == nullptr) return -ENOMEM;
  interest->events = events;
  interest->is_muted = false;
  interest->was_false = false;
  interest->revents = 0;
  wait->is_own = is_own;
  if (wait->is_armed) Wake();
  return kWatching;
}

void ThreadWaiter::Unwatch(WaitId id, int fd) {
  const sys::Lock lock(mutex_);
  const Wait* const wait = interests_.FindWait(id);
  Interest* const interest = wait == nullptr ? nullptr : interests_.Find(*wait, fd);
  if (interest == nullptr) return;
  Entry* const entry = interest->entry;
  interests_.Remove(interest);
  if (entry->first == nullptr) interests_.RemoveEntry(entry);
  if (wait->is_armed) Wake();
}

int ThreadWaiter::Arm(WaitId id) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.WaitOf(id);
  if (wait == nullptr) return -ENOMEM;
  for (Interest* interest = wait->first; interest != nullptr; interest = interest->next_of_wait) {
    interest->is_muted = false;
    interest->was_false = false;
    interest->revents = 0;
  }
  SetArmed(*wait, true);
  Wake();
  return kWatching;
}

// A wait that was not collected has been looked at for another reason, and is armed still.
void ThreadWaiter::Rearm(WaitId id) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr || (wait->is_armed && !wait->is_ready)) return;
  for (Interest* interest = wait->first; interest != nullptr; interest = interest->next_of_wait) {
    if (interest->is_muted) continue;
    const bool is_asked_for = (interest->revents & static_cast<short>(interest->events)) != 0;
    const bool is_false = interest->revents != 0;
    interest->is_muted = is_false && (!is_asked_for || interest->was_false);
    interest->was_false = is_false;
    interest->revents = 0;
  }
  SetArmed(*wait, true);
  Wake();
}

void ThreadWaiter::Disarm(WaitId id) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr || !wait->is_armed) return;
  SetArmed(*wait, false);
  Wake();
}

void ThreadWaiter::End(WaitId id) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr) return;
  // As long as poll(2) runs it keeps the files open: the FIN of a socket that is closed now would
  // wait for it. A wait that was reported is not polled.
  if (wait->is_armed && !wait->is_ready) Wake();
  SetArmed(*wait, false);
  while (wait->first != nullptr) {
    Entry* const entry = wait->first->entry;
    interests_.Remove(wait->first);
    if (entry->first == nullptr) interests_.RemoveEntry(entry);
  }
  interests_.RemoveWait(wait);
}

// poll(2) takes numbers: what one stands for, each call finds out by itself.
void ThreadWaiter::Forget(int /*fd*/) {}

std::size_t ThreadWaiter::WaitsFor(int fd, WaitId* ids, std::size_t limit) {
  const sys::Lock lock(mutex_);
  return interests_.WaitsFor(fd, ids, limit);
}

std::size_t ThreadWaiter::Collect(WaitId* ids, std::size_t limit) {
  const sys::Lock lock(mutex_);
  is_notified_ = false;
  std::size_t taken = 0;
  std::size_t collected = 0;
  // Those that have ended meanwhile take no room: fewer than `limit` means that there are no more.
  while (taken < ready_.size() && collected < limit) {
    const WaitId id = ready_[taken++];
    Wait* const wait = interests_.FindWait(id);
    if (wait == nullptr || !wait->is_ready) continue;
    SetArmed(*wait, false);
    ids[collected++] = id;
  }
  ready_.RemoveFront(taken);
  return collected;
}

bool ThreadWaiter::IsWaiting() {
  const sys::Lock lock(mutex_);
  return waiting_ > 0;
}

void ThreadWaiter::SetArmed(Wait& wait, bool is_armed) {
  wait.is_ready = false;
  if (wait.is_armed == is_armed) return;
  wait.is_armed = is_armed;
  is_armed ? ++waiting_ : --waiting_;
}

void ThreadWaiter::Wake() {
  has_changed_ = true;
  if (is_woken_) return;
  // A waker fails only where other code has closed its fd: then the thread ends by POLLNVAL.
  is_woken_ = sys::WakerWake(waker_.get()) >= 0;
}

void* ThreadWaiter::Run(void* data) {
  auto* const waiter = static_cast<ThreadWaiter*>(data);
  // Signals are for the threads of the program.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  while (waiter->Prepare()) {
    waiter->PollNow();
    if (waiter->Receive()) waiter->notify_(waiter->data_);
  }
  return nullptr;
}

// poll(2) refuses more entries than the process may have open files, also where a limit was
// lowered (EINVAL), and more than the kernel has memory for (ENOMEM).
void ThreadWaiter::PollNow() {
  if (sys::Poll(polled_.data(), polled_.size(), Timeout()) >= 0) return;
  bool is_ready = false;
  for (pollfd& entry : polled_) {
    if (sys::Poll(&entry, 1, 0) > 0) is_ready = true;
  }
  if (!is_ready) sys::Poll(polled_.data(), 1, kPauseMs);
}

// Milliseconds until the muted ones are polled again.
int ThreadWaiter::Timeout() const {
  if (lacks_memory_) return kPauseMs;
  if (!has_muted_) return kForEver;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(unmute_at_ - Clock::now());
  return std::max(static_cast<int>(left.count()), 0);
}

// Returns whether to go on.
bool ThreadWaiter::Prepare() {
  const sys::Lock lock(mutex_);
  if (is_stopping_) return false;
  if (!has_changed_ && !lacks_memory_) return true;
  has_changed_ = false;
  lacks_memory_ = false;
  const bool had_muted = has_muted_;
  has_muted_ = false;
  polled_.Clear();
  // There is room for one from the start.
  if (!polled_.Push({waker_.get(), POLLIN, 0})) return false;
  interests_.ForEachEntry([this](const Entry& entry) { AddPolled(entry); });
  if (has_muted_ && !had_muted) unmute_at_ = Clock::now() + kMutedFor;
  return true;
}

void ThreadWaiter::AddPolled(const Entry& entry) {
  bool is_polled = false;
  std::uint16_t events = 0;
  for (const Interest* interest = entry.first; interest != nullptr;
       interest = interest->next_of_entry) {
    if (!interest->wait->is_armed || interest->wait->is_ready) continue;
    if (interest->is_muted) {
      has_muted_ = true;
      continue;
    }
    is_polled = true;
    events |= interest->events;
  }
  if (!is_polled) return;
  if (!polled_.Push({entry.fd, static_cast<short>(events), 0})) lacks_memory_ = true;
}

// Returns whether there is something new to collect that was not announced.
bool ThreadWaiter::Receive() {
  const sys::Lock lock(mutex_);
  if (has_muted_ && Clock::now() >= unmute_at_) Unmute();
  // Only a waker that other code has closed has other events: there is no going on.
  if ((polled_[0].revents & ~POLLIN) != 0) is_stopping_ = true;
  if (polled_[0].revents != 0) {
    sys::WakerClear(waker_.get());  // where it fails, so does the next poll(2)
    is_woken_ = false;
  }
  bool is_new = false;
  for (std::size_t i = 1; i < polled_.size(); ++i) {
    if (polled_[i].revents != 0 && Report(polled_[i])) is_new = true;
  }
  if (!is_new || is_notified_) return false;
  is_notified_ = true;
  return true;
}

// Returns whether a wait was not reported before.
bool ThreadWaiter::Report(const pollfd& polled) {
  has_changed_ = true;
  const Entry* const entry = interests_.FindEntry(polled.fd);
  if (entry == nullptr) return false;  // it is not watched any more
  bool is_new = false;
  for (Interest* interest = entry->first; interest != nullptr; interest = interest->next_of_entry) {
    Wait& wait = *interest->wait;
    const auto asked = static_cast<short>(interest->events);
    if (!wait.is_armed || interest->is_muted || (polled.revents & (asked | kUnasked)) == 0)
      continue;
    interest->revents = polled.revents;
    if (wait.is_ready) continue;
    wait.is_ready = ready_.Push(wait.id);  // where there is no memory, the next poll(2) reports it
    if (wait.is_ready) is_new = true;
  }
  return is_new;
}

void ThreadWaiter::Unmute() {
  has_changed_ = true;
  has_muted_ = false;
  interests_.ForEachEntry([](const Entry& entry) {
    for (Interest* interest = entry.first; interest != nullptr;
         interest = interest->next_of_entry) {
      interest->is_muted = false;
    }
  });
}

}  // namespace fdselect::waiter
