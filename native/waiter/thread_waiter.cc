// A waiter that is a thread in poll(2) (POSIX), for event loops that cannot watch another fd.
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

/// The pause between two tries when poll(2) refuses the whole list or there is no memory.
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

// A wait that was not collected is still armed: JavaScript made the real call for another reason.
int ThreadWaiter::Rearm(WaitId id) {
  const sys::Lock lock(mutex_);
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr || (wait->is_armed && !wait->is_ready)) return kWatching;
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
  return kWatching;
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
  // A running poll(2) keeps the files open: if a socket is closed now, its FIN would be sent only
  // when poll(2) returns. A wait that was reported is not polled.
  if (wait->is_armed && !wait->is_ready) Wake();
  SetArmed(*wait, false);
  while (wait->first != nullptr) {
    Entry* const entry = wait->first->entry;
    interests_.Remove(wait->first);
    if (entry->first == nullptr) interests_.RemoveEntry(entry);
  }
  interests_.RemoveWait(wait);
}

// Nothing to do: poll(2) looks up the fd numbers in each call.
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
  // Waits that have ended do not count: fewer than `limit` means that there are no more.
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
  // It fails only if other code has closed the waker's fd; then POLLNVAL ends the thread.
  is_woken_ = sys::WakerWake(waker_.get()) >= 0;
}

void* ThreadWaiter::Run(void* data) {
  auto* const waiter = static_cast<ThreadWaiter*>(data);
  // Signals are left to the threads of the program.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  while (waiter->Prepare()) {
    waiter->PollNow();
    if (waiter->Receive()) waiter->notify_(waiter->data_);
  }
  return nullptr;
}

// poll(2) fails as a whole if there are more entries than RLIMIT_NOFILE, which may have been
// lowered (EINVAL), or no memory for them (ENOMEM). Then each fd is polled by itself.
void ThreadWaiter::PollNow() {
  if (sys::Poll(polled_.data(), polled_.size(), Timeout()) >= 0) return;
  bool is_ready = false;
  for (pollfd& entry : polled_) {
    if (sys::Poll(&entry, 1, 0) > 0) is_ready = true;
  }
  if (!is_ready) sys::Poll(polled_.data(), 1, kPauseMs);
}

// Milliseconds until muted fds are polled again.
int ThreadWaiter::Timeout() const {
  if (lacks_memory_) return kPauseMs;
  if (!has_muted_) return kForEver;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(unmute_at_ - Clock::now());
  return std::max(static_cast<int>(left.count()), 0);
}

// Makes the list for poll(2). Returns whether the thread should continue.
bool ThreadWaiter::Prepare() {
  const sys::Lock lock(mutex_);
  if (is_stopping_) return false;
  if (!has_changed_ && !lacks_memory_) return true;
  has_changed_ = false;
  lacks_memory_ = false;
  const bool had_muted = has_muted_;
  has_muted_ = false;
  polled_.Clear();
  // Cannot fail: Open() has reserved room for one.
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

// Takes the answer of poll(2). Returns whether notify_ must be called.
bool ThreadWaiter::Receive() {
  const sys::Lock lock(mutex_);
  if (has_muted_ && Clock::now() >= unmute_at_) Unmute();
  // Other events mean that other code has closed the waker: the thread cannot continue.
  if ((polled_[0].revents & ~POLLIN) != 0) is_stopping_ = true;
  if (polled_[0].revents != 0) {
    sys::WakerClear(waker_.get());  // if it fails, so does the next poll(2)
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

// Returns whether a wait has become ready that was not.
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
    wait.is_ready = ready_.Push(wait.id);  // without memory, the next poll(2) reports it again
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
