// Waits that share one thread in poll(2) (POSIX): for event loops that take no fd from outside.
#include "thread_waiter.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "../sys/io.h"
#include "../sys/poll.h"
#include "../sys/waker.h"

namespace fdselect::waiter {

namespace {

constexpr int kForEver = -1;
constexpr std::chrono::milliseconds kMutedFor{100};
constexpr short kUnasked = POLLERR | POLLHUP | POLLNVAL;

}  // namespace

int ThreadWaiter::Open(std::function<void()> notify, std::unique_ptr<ThreadWaiter>& opened) {
  const int waker = sys::WakerOpen();
  if (waker < 0) return waker;
  opened.reset(new ThreadWaiter(waker, std::move(notify)));
  return 0;
}

ThreadWaiter::ThreadWaiter(int waker, std::function<void()> notify)
    : waker_(waker), notify_(std::move(notify)), thread_([this] { Run(); }) {}

ThreadWaiter::~ThreadWaiter() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopping_ = true;
    Wake();
  }
  thread_.join();
  sys::Close(waker_);
}

int ThreadWaiter::Watch(WaitId id, int fd, std::uint16_t events) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Wait& wait = waits_[id];
  auto& interests = wait.interests;
  const auto mine = std::find_if(interests.begin(), interests.end(),
                                 [fd](const Interest& interest) { return interest.fd == fd; });
  const Interest interest{fd, events};
  if (mine != interests.end()) {
    *mine = interest;
  } else {
    interests.push_back(interest);
  }
  if (!wait.is_reported) Wake();
  return kWatching;
}

void ThreadWaiter::Unwatch(WaitId id, int fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto wait = waits_.find(id);
  if (wait == waits_.end()) return;
  auto& interests = wait->second.interests;
  interests.erase(std::remove_if(interests.begin(), interests.end(),
                                 [fd](const Interest& interest) { return interest.fd == fd; }),
                  interests.end());
  if (!wait->second.is_reported) Wake();
}

void ThreadWaiter::Rearm(WaitId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto wait = waits_.find(id);
  if (wait == waits_.end() || !wait->second.is_reported) return;
  wait->second.is_reported = false;
  for (Interest& interest : wait->second.interests) {
    if (interest.is_muted) continue;
    const bool is_asked_for = (interest.revents & static_cast<short>(interest.events)) != 0;
    const bool is_false = interest.revents != 0;
    interest.is_muted = is_false && (!is_asked_for || interest.was_false);
    interest.was_false = is_false;
    interest.revents = 0;
  }
  Wake();
}

void ThreadWaiter::End(WaitId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto wait = waits_.find(id);
  if (wait == waits_.end()) return;
  // As long as poll(2) runs it keeps the files open: the FIN of a socket that is closed now would
  // wait for it. A reported wait is not polled.
  const bool is_polled = !wait->second.is_reported;
  waits_.erase(wait);
  if (is_polled) Wake();
}

std::size_t ThreadWaiter::WaitsFor(int fd, WaitId* ids, std::size_t limit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t found = 0;
  for (const auto& [id, wait] : waits_) {
    const auto& interests = wait.interests;
    const bool is_mine = std::any_of(interests.begin(), interests.end(),
                                     [fd](const Interest& interest) { return interest.fd == fd; });
    if (!is_mine) continue;
    if (found < limit) ids[found] = interests.size() == 1 ? ~id : id;
    ++found;
  }
  return found;
}

std::size_t ThreadWaiter::Collect(WaitId* ids, std::size_t limit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_notified_ = false;
  std::size_t taken = 0;
  std::size_t collected = 0;
  // Those that have ended meanwhile take no room: fewer than `limit` means that there are no more.
  while (taken < ready_.size() && collected < limit) {
    const WaitId id = ready_[taken++];
    if (waits_.count(id) != 0) ids[collected++] = id;
  }
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(taken));
  return collected;
}

void ThreadWaiter::Wake() {
  has_changed_ = true;
  if (is_woken_) return;
  is_woken_ = true;
  sys::WakerWake(waker_);
}

void ThreadWaiter::Run() {
  // Signals are for the threads of the program.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  while (Prepare()) {
    sys::Poll(polled_.data(), polled_.size(), Timeout());
    if (Receive()) notify_();
  }
}

// Milliseconds until the muted ones are polled again.
int ThreadWaiter::Timeout() const {
  if (!has_muted_) return kForEver;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(unmute_at_ - Clock::now());
  return std::max(static_cast<int>(left.count()), 0);
}

// Returns whether to go on.
bool ThreadWaiter::Prepare() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_stopping_) return false;
  if (!has_changed_) return true;
  has_changed_ = false;
  const bool had_muted = has_muted_;
  has_muted_ = false;
  polled_.assign(1, pollfd{waker_, POLLIN, 0});
  owners_.assign(1, 0);
  for (const auto& [id, wait] : waits_) {
    if (wait.is_reported) continue;
    for (const Interest& interest : wait.interests) {
      if (interest.is_muted) {
        has_muted_ = true;
        continue;
      }
      polled_.push_back({interest.fd, static_cast<short>(interest.events), 0});
      owners_.push_back(id);
    }
  }
  if (has_muted_ && !had_muted) unmute_at_ = Clock::now() + kMutedFor;
  return true;
}

// Returns whether there is something new to collect that nobody has been told of.
bool ThreadWaiter::Receive() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (has_muted_ && Clock::now() >= unmute_at_) Unmute();
  // Nothing but a waker that was closed behind our back has other events: there is no going on.
  if ((polled_[0].revents & ~POLLIN) != 0) is_stopping_ = true;
  if (polled_[0].revents != 0) {
    sys::WakerClear(waker_);
    is_woken_ = false;
  }
  bool is_new = false;
  for (std::size_t i = 1; i < polled_.size(); ++i) {
    const pollfd& entry = polled_[i];
    if (entry.revents != 0 && Report(owners_[i], entry.fd, entry.revents)) is_new = true;
  }
  if (!is_new || is_notified_) return false;
  is_notified_ = true;
  return true;
}

// Returns whether the wait was not reported before.
bool ThreadWaiter::Report(WaitId id, int fd, short revents) {
  has_changed_ = true;
  const auto found = waits_.find(id);
  if (found == waits_.end()) return false;  // it has ended meanwhile
  Wait& wait = found->second;
  const auto interest =
      std::find_if(wait.interests.begin(), wait.interests.end(),
                   [fd](const Interest& candidate) { return candidate.fd == fd; });
  if (interest == wait.interests.end()) return false;  // nor is this watched any more
  if ((revents & (static_cast<short>(interest->events) | kUnasked)) == 0) return false;
  interest->revents = revents;
  if (wait.is_reported) return false;
  wait.is_reported = true;
  ready_.push_back(id);
  return true;
}

void ThreadWaiter::Unmute() {
  has_changed_ = true;
  has_muted_ = false;
  for (auto& [id, wait] : waits_) {
    for (Interest& interest : wait.interests) interest.is_muted = false;
  }
}

}  // namespace fdselect::waiter
