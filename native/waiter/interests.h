// Which wait watches which fd, and for what: the bookkeeping of both waiters.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../sys/array.h"
#include "waiter.h"

namespace fdselect::waiter {

struct Interest;

/// A wait: one that is made again and again keeps its interests.
struct Wait {
  WaitId id = 0;
  Interest* first = nullptr;
  std::size_t size = 0;
  /// Between Arm() and the moment when it is collected, disarmed or ended.
  bool is_armed = false;
  /// Armed, and in the list of those to collect.
  bool is_ready = false;
  /// EpollWaiter: all its fds are in the set, level-triggered, with at least its events.
  bool is_settled = false;
  /// EpollWaiter: collected without a look at the set.
  bool is_guessed = false;
  /// EpollWaiter: since Arm() the kernel was asked once more what its numbers stand for.
  bool is_refreshed = false;
  /// The fds belong to the object that waits: their numbers cannot come to stand for other files.
  bool is_own = false;
  /// How often Arm() was called; it wraps around.
  std::uint32_t arms = 0;
  /// EpollWaiter: the place in the list of armed waits; false alarms since Arm().
  std::size_t place = 0;
  int false_alarms = 0;
};

/// An fd that is watched, or still in the kernel's set.
struct Entry {
  int fd = -1;
  Interest* first = nullptr;
  // EpollWaiter: what the kernel was told last.
  bool is_in_set = false;
  bool is_level = false;
  std::uint16_t applied = 0;
  /// The number was named anew, and may stand for another file than the one in the set.
  bool must_ask = false;
};

struct Interest {
  Wait* wait = nullptr;
  Entry* entry = nullptr;
  Interest* next_of_wait = nullptr;
  Interest* previous_of_wait = nullptr;
  Interest* next_of_entry = nullptr;
  std::uint16_t events = 0;
  /// EpollWaiter: `arms` of the wait when it was reported last.
  std::uint32_t reported = 0;
  // ThreadWaiter:
  /// Reports what was not asked for, such as a hang-up that select() does not count, or again and
  /// again what proves false, such as an epoll set in which a closed file lives on: polled now and
  /// then only, or the thread would never sleep.
  bool is_muted = false;
  /// The last real call after a report of this one has found nothing. Once may happen: another
  /// thread was quicker.
  bool was_false = false;
  short revents = 0;
};

/// Owns all of them. A function that needs memory returns nullptr where there is none.
class Interests {
 public:
  Interests() = default;
  ~Interests();

  Interests(const Interests&) = delete;
  Interests& operator=(const Interests&) = delete;

  Wait* FindWait(WaitId id) const { return waits_.Find(id); }
  Entry* FindEntry(int fd) const { return entries_.Find(fd); }

  /// The wait of that id, which is made where there is none.
  Wait* WaitOf(WaitId id);

  /// The interest of `wait` in `fd`, which is made where there is none.
  Interest* Of(Wait& wait, int fd);

  /// nullptr where there is none.
  Interest* Find(const Wait& wait, int fd) const;

  /// The entry stays, also where it has no interest left.
  void Remove(Interest* interest);
  void RemoveWait(Wait* wait);

  /// Only one without interests.
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
