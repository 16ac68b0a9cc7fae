// A waiter that is an epoll set, whose own fd is watched by libuv's loop (Linux).
#include "epoll_waiter.h"

#ifdef __linux__

#include <poll.h>

#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "../sys/epoll.h"

namespace fdselect::waiter {

namespace {

static_assert(POLLIN == EPOLLIN && POLLPRI == EPOLLPRI && POLLOUT == EPOLLOUT &&
                  POLLERR == EPOLLERR && POLLHUP == EPOLLHUP,
              "poll's bits are epoll's");

/// epoll reports these even if they are not asked for.
constexpr std::uint32_t kUnasked = EPOLLERR | EPOLLHUP;

/// After so many false alarms in a row the set itself is suspect: it is not just another process
/// that takes the data first.
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
  // An armed wait must not get its events any more. Otherwise the fd stays in the set, because it
  // may be watched again soon.
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

// A wait that was not collected is still armed: JavaScript made the real call for another reason.
int EpollWaiter::Rearm(WaitId id) {
  Wait* const wait = interests_.FindWait(id);
  if (wait == nullptr || wait->is_armed) return kWatching;
  if (!PutArmed(*wait)) return -ENOMEM;
  ++wait->false_alarms;
  if (wait->is_guessed) {
    must_receive_ = true;
    return kWatching;
  }
  wait->is_settled = false;
  for (Interest* interest = wait->first; interest != nullptr; interest = interest->next_of_wait) {
    Entry& entry = *interest->entry;
    int applied = kWatching;
    if (!entry.is_in_set) {
      applied = SettleOne(*interest);  // there was no memory when Replace() tried to add it
    } else if (interest->reported == wait->arms && entry.is_level) {
      applied = Apply(entry, entry.applied, false);
    }
    // The real call has reported a closed fd (EBADF) and a file that is always ready (EPERM). Any
    // other error must reach the wait: nothing else would report this fd.
    if (applied >= 0 || applied == -EBADF || applied == -EPERM) continue;
    TakeArmed(*wait);
    return applied;
  }
  if (wait->false_alarms < kTooManyFalseAlarms) return kWatching;
  wait->false_alarms = 0;
  Replace();
  return kWatching;
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

std::size_t EpollWaiter::Collect(WaitId* ids, std::size_t limit) {
  has_news_ = false;
  // If only one wait is armed, it must be that one: epoll_wait(2) is not needed. The set stops
  // being readable when the program has read the data.
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
    if (wait == nullptr || !wait->is_ready) continue;  // ended or disarmed meanwhile
    wait->is_guessed = false;
    TakeArmed(*wait);
    ids[collected++] = id;
  }
  ready_.RemoveFront(taken);
  return collected;
}

// Returns whether there may be more: epoll_wait(2) takes turns among level-triggered fds.
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

// Returns whether this changed something: a wait became ready, or the set was corrected.
bool EpollWaiter::Report(int fd, std::uint32_t events) {
  Entry* const entry = interests_.FindEntry(fd);
  if (entry == nullptr || !entry->is_in_set) {
    // The number was closed while a duplicate keeps the open file. This fails if the number is
    // closed or another file's now.
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

// Returns whether the wait was not ready before.
bool EpollWaiter::MakeReady(Wait& wait) {
  if (wait.is_ready) return false;
  wait.is_ready = ready_.Push(wait.id);
  if (!wait.is_ready) must_receive_ = true;  // without memory: the next Collect() tries again
  return wait.is_ready;
}

}  // namespace fdselect::waiter

#endif  // __linux__
