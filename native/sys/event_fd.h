// Counters and timers as file descriptors: eventfd(2), timerfd_create(2). Linux; -ENOSYS elsewhere.
#pragma once

#include <cstdint>

namespace fdselect::sys {

/// With these flags and close-on-exec.
int EventFd(unsigned initial, int flags);

/// With these flags and close-on-exec.
int TimerFd(int clock, int flags);

/// In nanoseconds.
struct TimerSetting {
  std::int64_t initial;
  std::int64_t interval;
};

/// `former` is what was set before: the time left, and the interval.
int TimerFdSet(int fd, int flags, TimerSetting setting, TimerSetting& former);
int TimerFdGet(int fd, TimerSetting& setting);

}  // namespace fdselect::sys
