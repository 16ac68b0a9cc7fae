// Counters and timers as file descriptors: eventfd(2), timerfd_create(2). Linux; -ENOSYS elsewhere.
#pragma once

#include <cstdint>

namespace fdselect::sys {

/// eventfd(2): returns the fd. EFD_CLOEXEC is added to `flags`.
int EventFd(unsigned initial, int flags);

/// Whether a write of `value` to an eventfd would not wait. poll(2) says only whether there is room
/// for 1. True for all other files, and where /proc is missing.
bool EventFdHasRoom(int fd, std::uint64_t value);

/// timerfd_create(2): returns the fd. TFD_CLOEXEC is added to `flags`.
int TimerFd(int clock, int flags);

/// Both in nanoseconds; an interval of 0 means that the timer expires once.
struct TimerSetting {
  std::int64_t initial;
  std::int64_t interval;
};

/// timerfd_settime(2): `former` becomes the earlier setting, with the time that remained.
int TimerFdSet(int fd, int flags, TimerSetting setting, TimerSetting& former);
int TimerFdGet(int fd, TimerSetting& setting);

}  // namespace fdselect::sys
