// Waits that share one epoll set, whose own fd is watched by another event loop (Linux).
#include "epoll_waiter.h"

#ifdef __linux__

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "../sys/epoll.h"
#include "../sys/result.h"

namespace fdselect::waiter {

namespace {

static_assert(POLLIN == EPOLLIN && POLLPRI == EPOLLPRI && POLLOUT == EPOLLOUT &&
                  POLLERR == EPOLLERR && POLLHUP == EPOLLHUP,
              "poll's bits are epoll's");

/// Reported whether asked for or not.
constexpr std::uint32_t kUnasked = EPOLLERR | EPOLLHUP;

/// What a file that epoll refuses always is.
constexpr std::uint32_t kReadableOrWritable = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

/// So many false alarms in a row are no longer another process that was quicker each time.
constexpr int kTooManyFalseAlarms = 16;

}  // namespace

int EpollWaiter::Open(void (*on_replaced)(void* data), void* data,
                      std::unique_ptr<EpollWaiter>& opened) {
  sys::OwnedFd set(sys::EpollCreate());
  if (!set) return set.error();
  opened.reset(new (std::nothrow) EpollWaiter(std::move(set), on_replaced, data));
  return opened == nullptr ? -ENOMEM : 0;
}

int EpollWaiter::Watch(WaitId id, int fd, std::uint16_t events, bool is_own) {
  Wait* const wait = interests_.WaitOf(id);
  Interest* const interest = wait == nullptr ? nullptr : interests_.Of(*wait, fd);
  if (interest == nullptr) return -ENOMEM;
  interest->events = events;
  wait->is_own = is_own;
  wait->is_settled = false;
  interest->entry->must_ask = true;
  return wait->is_armed ? SettleOne(*interest) : static_cast<int>(kWatching);
}

void EpollWaiter::Unwatch(WaitId id, int fd) {
  const Wait* const wait = interests_.FindWait(id);
  Interest* const interest = wait == nullptr ? nullptr : interests_.Find(*wait, fd);
  if (interest == nullptr) return;
  Entry* const entry = interest->entry;
  interests_.Remove(interest);
  if (entry->first != nullptr) return;
  // A pending wait is not to be disturbed by it; else it may well be watched again soon.
  if (wait->is_armed) {
    Forget(fd);
  } else if (!entry->is_in_set) {
    interests_.RemoveEntry(entry);
  }
}

int EpollWaiter::Arm(WaitId id) {
  Wait* const wait = interests_.WaitOf(id);
  if (wait == nullptr || !PutArmed(*wait)) return -ENOMEM;
  ++wait->arms;
  wait->false_alarms = 0;
  wait->is_refreshed = false;
  if (wait->is_settled) return kWatching;
  const int result = Settle(*wait);
  if (result < 0) TakeArmed(*wait);
  return result;
}

// A wait that was not collected has been looked at for another reason, and is armed still.
void EpollWaiter::Rearm(WaitId id) {
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr || wait->is_armed || !PutArmed(*wait)) return;
  ++wait->false_alarms;
  if (wait->is_guessed) {
    must_receive_ = true;
    return;
  }
  wait->is_settled = false;
  for (Interest* interest = wait->first; interest != nullptr; interest = interest->next_of_wait) {
    Entry& entry = *interest->entry;
    if (interest->reported != wait->arms || !entry.is_level) continue;
    Apply(entry, entry.applied, false);  // where that fails, Settle() of the next Arm() says why
  }
  if (wait->false_alarms < kTooManyFalseAlarms) return;
  wait->false_alarms = 0;
  Replace();
}

void EpollWaiter::Disarm(WaitId id) {
  Wait* const wait = interests_.FindWait(id);
  if (wait != nullptr) TakeArmed(*wait);
}

void EpollWaiter::End(WaitId id) {
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr) return;
  TakeArmed(*wait);
  while (wait->first != nullptr) Unwatch(id, wait->first->entry->fd);
  interests_.RemoveWait(wait);
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

// The waits for this fd have to be settled before they are armed again.
void EpollWaiter::Unsettle(Entry& entry) {
  for (Interest* interest = entry.first; interest != nullptr; interest = interest->next_of_entry) {
    interest->wait->is_settled = false;
  }
}

std::size_t EpollWaiter::WaitsFor(int fd, WaitId* ids, std::size_t limit) {
  return interests_.WaitsFor(fd, ids, limit);
}

bool EpollWaiter::PutArmed(Wait& wait) {
  if (wait.is_armed) return true;
  wait.place = armed_.size();
  wait.is_armed = armed_.Push(&wait);
  return wait.is_armed;
}

void EpollWaiter::TakeArmed(Wait& wait) {
  if (!wait.is_armed) return;
  wait.is_armed = false;
  wait.is_ready = false;
  armed_.RemoveSwapping(wait.place);
  if (wait.place < armed_.size()) armed_[wait.place]->place = wait.place;
}

// Puts the fds of an armed wait into the set.
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
  // With what all waits for this fd ask for, armed or not, so that they do not take turns in
  // changing the mask.
  std::uint16_t events = 0;
  Entry& entry = *interest.entry;
  for (const Interest* other = entry.first; other != nullptr; other = other->next_of_entry) {
    events |= other->events;
  }
  const int applied = Apply(entry, events, true);
  if (applied >= 0) return kWatching;
  // epoll(7) does not take regular files: they are always readable and writable, never anything
  // else. Of a closed fd the real call has something to say.
  const bool is_ready = (interest.events & kReadableOrWritable) != 0;
  if (applied == -EPERM) return is_ready ? kLookNow : kWatching;
  return applied == -EBADF ? static_cast<int>(kLookNow) : applied;
}

// Tells the kernel what to watch an fd for. That also makes it look anew: an edge-triggered set
// reports again what it has reported before, where it still is so.
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

std::size_t EpollWaiter::Collect(WaitId* ids, std::size_t limit) {
  // If only one wait is armed it must be that one: no need to ask. When the program has taken what
  // there is, the kernel finds by itself that the set has nothing more to say.
  if (armed_.size() == 1 && ready_.empty() && !must_receive_ && limit > 0) {
    Wait& wait = *armed_[0];
    ids[0] = wait.id;
    wait.is_guessed = true;
    TakeArmed(wait);
    return 1;
  }
  must_receive_ = false;
  while (Receive()) {
  }
  std::size_t taken = 0;
  std::size_t collected = 0;
  while (taken < ready_.size() && collected < limit) {
    const WaitId id = ready_[taken++];
    Wait* const wait = interests_.FindWait(id);
    if (wait == nullptr || !wait->is_ready) continue;  // it has ended or was disarmed meanwhile
    wait->is_guessed = false;
    TakeArmed(*wait);
    ids[collected++] = id;
  }
  ready_.RemoveFront(taken);
  return collected;
}

// Returns whether there may be more: the kernel takes turns among what is level-triggered.
bool EpollWaiter::Receive() {
  std::array<epoll_event, 256> events;
  const int count = sys::EpollWait(set_.get(), events.data(), events.size(), 0);
  bool is_new = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (Report(static_cast<int>(event.data.u64), event.events)) is_new = true;
  }
  if (std::exchange(must_replace_, false)) Replace();
  return is_new && count == static_cast<int>(events.size());
}

// Returns whether that was news.
bool EpollWaiter::Report(int fd, std::uint32_t events) {
  Entry* const entry = interests_.FindEntry(fd);
  if (entry == nullptr || !entry->is_in_set) {
    // A file that lives on under a number that was closed. Where that stands for another file by
    // now, this fails.
    if (sys::EpollControl(set_.get(), EPOLL_CTL_DEL, fd, 0) < 0) must_replace_ = true;
    return false;
  }
  bool is_wanted = false;
  bool is_new = false;
  for (Interest* interest = entry->first; interest != nullptr; interest = interest->next_of_entry) {
    Wait& wait = *interest->wait;
    if (!wait.is_armed || (events & (interest->events | kUnasked)) == 0) continue;
    is_wanted = true;
    interest->reported = wait.arms;
    if (MakeReady(wait)) is_new = true;
  }
  if (!is_wanted) Narrow(*entry);
  return is_new || !is_wanted;
}

// Returns whether it was not ready before.
bool EpollWaiter::MakeReady(Wait& wait) {
  if (wait.is_ready) return false;
  wait.is_ready = ready_.Push(wait.id);
  if (!wait.is_ready) must_receive_ = true;  // no memory: the next Collect() tries again
  return wait.is_ready;
}

// Leaves of an fd's mask what armed waits ask for.
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

// Makes the set anew, under the same number. Where there is no fd left, a later alarm tries again.
void EpollWaiter::Replace() {
  const sys::OwnedFd fresh(sys::EpollCreate());
  if (!fresh) return;
  const int number = set_.get();
  if (sys::Retried([&] { return ::dup3(fresh.get(), number, O_CLOEXEC); }) < 0) return;
  interests_.ForEachEntry([](Entry& entry) { entry.is_in_set = false; });
  interests_.ForEachWait([this](Wait& wait) {
    wait.is_settled = false;
    if (wait.is_armed && Settle(wait) != kWatching) MakeReady(wait);
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
