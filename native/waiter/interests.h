// The bookkeeping of both waiters: which wait watches which fd, for which events.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../sys/array.h"
#include "waiter.h"

namespace fdselect::waiter {

struct Interest;

/// An asynchronous wait. It keeps its interests between one Arm() and the next.
struct Wait {
  WaitId id = 0;
  Interest* first = nullptr;
  std::size_t size = 0;
  /// From Arm() until the wait is collected, disarmed or ended.
  bool is_armed = false;
  /// Armed, and in the list of those to collect.
  bool is_ready = false;
  /// EpollWaiter: all its fds are in the epoll set, level-triggered, with at least its events.
  bool is_settled = false;
  /// EpollWaiter: collected without asking the kernel, because no other wait was armed.
  bool is_guessed = false;
  /// EpollWaiter: Refresh() has been done since Arm().
  bool is_refreshed = false;
  /// The fds belong to the object that waits, so no other code can close and reuse their numbers.
  bool is_own = false;
  /// How many times Arm() was called; it wraps around.
  std::uint32_t arms = 0;
  /// EpollWaiter: the place in the list of armed waits; false alarms since Arm().
  std::size_t place = 0;
  int false_alarms = 0;
};

/// An fd that is watched, or still in the kernel's set.
struct Entry {
  int fd = -1;
  Interest* first = nullptr;
  // EpollWaiter: the state after the last epoll_ctl(2).
  bool is_in_set = false;
  bool is_level = false;
  std::uint16_t applied = 0;
  /// Watch() was called again: the number may now be another file's than the one in the set.
  bool must_ask = false;
};

struct Interest {
  Wait* wait = nullptr;
  Entry* entry = nullptr;
  Interest* next_of_wait = nullptr;
  Interest* previous_of_wait = nullptr;
  Interest* next_of_entry = nullptr;
  std::uint16_t events = 0;
  /// EpollWaiter: `arms` of the wait when this fd was last reported.
  std::uint32_t reported = 0;
  // ThreadWaiter:
  /// The fd causes false alarms: poll(2) reports an event that the real call does not count (a
  /// hang-up, for select()), or the real call finds nothing twice (an epoll set that still holds a
  /// closed file). It is polled only every 100 ms, or the thread would never sleep.
  bool is_muted = false;
  /// After the last report the real call found nothing. Once is normal: another thread was quicker.
  bool was_false = false;
  short revents = 0;
};

/// Owns all waits, entries and interests. A function that allocates returns nullptr without memory.
class Interests {
 public:
  Interests() = default;
  ~Interests();

  Interests(const Interests&) = delete;
  Interests& operator=(const Interests&) = delete;

  Wait* FindWait(WaitId id) const { return waits_.Find(id); }
  Entry* FindEntry(int fd) const { return entries_.Find(fd); }

  /// Finds or makes the wait of that id.
  Wait* WaitOf(WaitId id);

  /// Finds or makes the interest of `wait` in `fd`.
  Interest* Of(Wait& wait, int fd);

  /// nullptr if the wait does not watch the fd.
  Interest* Find(const Wait& wait, int fd) const;

  /// Keeps the entry, even if it has no interest left.
  void Remove(Interest* interest);
  void RemoveWait(Wait* wait);

  /// The entry must have no interests.
  void RemoveEntry(Entry* entry);

  /// As Waiter::WaitsFor().
  std::size_t WaitsFor(int fd, WaitId* ids, std::size_t limit) const;

  template <class Visit>
  void ForEachEntry(Visit visit) const {
    entries_.ForEach(visit);
  }

  template <class Visit>
  void ForEachWait(Visit visit) const {
    waits_.ForEach(visit);
  }

 private:
  Entry* EntryOf(int fd);

  sys::IntMap<Wait> waits_;
  sys::IntMap<Entry> entries_;
};

}  // namespace fdselect::waiter
