// The part of EpollWaiter that changes the epoll set: fills, corrects and replaces it (Linux).
#ifdef __linux__

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../sys/epoll.h"
#include "../sys/result.h"
#include "epoll_waiter.h"

namespace fdselect::waiter {

namespace {

/// A file that epoll refuses always has these events.
constexpr std::uint32_t kReadableOrWritable = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

}  // namespace

// Adds the fds of an armed wait to the set.
int EpollWaiter::Settle(Wait& wait) {
  int result = kWatching;
  wait.is_settled = true;
  wait.is_refreshed = true;
  for (Interest* interest = wait.first; interest != nullptr; interest = interest->next_of_wait) {
    const Entry& entry = *interest->entry;
    const bool has_all = (interest->events & ~entry.applied) == 0;
    if (entry.is_in_set && entry.is_level && has_all && !entry.must_ask) {
      wait.is_refreshed = false;
      continue;
    }
    const int settled = SettleOne(*interest);
    if (settled < 0) return settled;
    result = std::max(result, settled);
  }
  return result;
}

int EpollWaiter::SettleOne(Interest& interest) {
  // The mask holds the events of all waits for this fd, armed or not. Otherwise two waits that are
  // armed in turns would change it each time.
  std::uint16_t events = 0;
  Entry& entry = *interest.entry;
  for (const Interest* other = entry.first; other != nullptr; other = other->next_of_entry) {
    events |= other->events;
  }
  const int applied = Apply(entry, events, true);
  if (applied >= 0) return kWatching;
  // EPERM: epoll(7) refuses regular files, which are always readable and writable. EBADF: the real
  // call reports the closed fd.
  const bool is_ready = (interest.events & kReadableOrWritable) != 0;
  if (applied == -EPERM) return is_ready ? kLookNow : kWatching;
  return applied == -EBADF ? static_cast<int>(kLookNow) : applied;
}

// Sets the mask of an fd by epoll_ctl(2). The kernel then checks the fd again: an edge-triggered
// event that was reported before is reported again if it is still true.
int EpollWaiter::Apply(Entry& entry, std::uint16_t events, bool is_level) {
  const std::uint32_t mask = events | (is_level ? 0U : static_cast<std::uint32_t>(EPOLLET));
  const int set = set_.get();
  const int usual = entry.is_in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  int result = sys::EpollControl(set, usual, entry.fd, mask);
  if (result == -ENOENT) result = sys::EpollControl(set, EPOLL_CTL_ADD, entry.fd, mask);
  if (result == -EEXIST) result = sys::EpollControl(set, EPOLL_CTL_MOD, entry.fd, mask);
  entry.is_in_set = result >= 0;
  entry.is_level = is_level && result >= 0;
  entry.applied = events;
  entry.must_ask = false;
  if (!entry.is_level) Unsettle(entry);
  return result;
}

// Removes the events that no armed wait asks for from an fd's mask.
void EpollWaiter::Narrow(Entry& entry) {
  bool is_armed = false;
  std::uint16_t events = 0;
  for (Interest* interest = entry.first; interest != nullptr; interest = interest->next_of_entry) {
    if (interest->wait->is_armed) {
      is_armed = true;
      events |= interest->events;
    } else {
      interest->wait->is_settled = false;
    }
  }
  if (is_armed) {
    Apply(entry, events, entry.is_level);
    return;
  }
  const int removed = sys::EpollControl(set_.get(), EPOLL_CTL_DEL, entry.fd, 0);
  entry.is_in_set = false;
  if (entry.first == nullptr) interests_.RemoveEntry(&entry);
  if (removed < 0) must_replace_ = true;
}

// Makes the next Arm() of each wait for this fd check the set again.
void EpollWaiter::Unsettle(Entry& entry) {
  for (Interest* interest = entry.first; interest != nullptr; interest = interest->next_of_entry) {
    interest->wait->is_settled = false;
  }
}

void EpollWaiter::Forget(int fd) {
  Entry* const entry = interests_.FindEntry(fd);
  if (entry == nullptr) return;
  // An error says that it is not in the set any more: the kernel was quicker.
  if (entry->is_in_set) sys::EpollControl(set_.get(), EPOLL_CTL_DEL, fd, 0);
  entry->is_in_set = false;
  Unsettle(*entry);
  if (entry->first == nullptr) interests_.RemoveEntry(entry);
}

void EpollWaiter::ForgetAll() {
  interests_.ForEachEntry([this](Entry& entry) {
    // An error says that it is not in the set any more: the kernel was quicker.
    if (entry.is_in_set) sys::EpollControl(set_.get(), EPOLL_CTL_DEL, entry.fd, 0);
    entry.is_in_set = false;
    Unsettle(entry);
  });
}

// Replaces the set by a new one with the same number. If there is no fd or no memory for it, a
// later alarm tries again. A wait whose fds cannot be added becomes ready: the real call, and
// Rearm() after it, say why.
void EpollWaiter::Replace() {
  if (!ready_.Reserve(ready_.size() + armed_.size())) return;
  const sys::OwnedFd fresh(sys::EpollCreate());
  if (!fresh) return;
  const int number = set_.get();
  if (sys::Retried([&] { return ::dup3(fresh.get(), number, O_CLOEXEC); }) < 0) return;
  interests_.ForEachEntry([](Entry& entry) { entry.is_in_set = false; });
  interests_.ForEachWait([this](Wait& wait) {
    wait.is_settled = false;
    if (wait.is_armed && Settle(wait) != kWatching && MakeReady(wait)) has_news_ = true;
  });
  on_replaced_(data_);
}

bool EpollWaiter::NeedsRefresh(WaitId id) const {
  const Wait* const wait = interests_.FindWait(id);
  return wait != nullptr && wait->is_armed && !wait->is_refreshed && !wait->is_own;
}

bool EpollWaiter::Refresh() {
  bool is_new = false;
  for (Wait* const wait : armed_) {
    if (wait->is_refreshed || wait->is_own) continue;
    wait->is_refreshed = true;
    for (Interest* interest = wait->first; interest != nullptr; interest = interest->next_of_wait) {
      if (SettleOne(*interest) != kWatching && MakeReady(*wait)) is_new = true;
    }
  }
  return is_new;
}

}  // namespace fdselect::waiter

#endif  // __linux__
