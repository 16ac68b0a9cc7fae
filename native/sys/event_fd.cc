// Counters and timers as file descriptors: eventfd(2), timerfd_create(2) (Linux).
#include "event_fd.h"

#include "result.h"

#ifdef __linux__
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "deadline.h"
#include "io.h"
#include "owned_fd.h"
#endif

namespace fdselect::sys {

#ifdef __linux__

namespace {

timespec ToTimespec(std::int64_t nanoseconds) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(nanoseconds / Deadline::kNanosecondsPerSecond);
  time.tv_nsec = static_cast<long>(nanoseconds % Deadline::kNanosecondsPerSecond);
  return time;
}

std::int64_t ToNanoseconds(const timespec& time) {
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(std::int64_t{time.tv_sec}, Deadline::kNanosecondsPerSecond,
                             &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, std::int64_t{time.tv_nsec}, &nanoseconds)) {
    return INT64_MAX;
  }
  return nanoseconds;
}

TimerSetting FromKernel(const itimerspec& spec) {
  return {ToNanoseconds(spec.it_value), ToNanoseconds(spec.it_interval)};
}

}  // namespace

int EventFd(unsigned initial, int flags) {
  return Once([&] { return ::eventfd(initial, flags | EFD_CLOEXEC); });
}

bool EventFdHasRoom(int fd, std::uint64_t value) {
  // The kernel refuses UINT64_MAX at once.
  if (value <= 1 || value == UINT64_MAX) return true;
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), "/proc/self/fdinfo/%d", fd);
  const OwnedFd info(Open(text.data(), O_RDONLY, 0));
  if (!info) return true;
  const int size = Read(info.get(), text.data(), text.size() - 1);
  if (size <= 0) return true;
  text[static_cast<std::size_t>(size)] = '\0';
  const char* line = std::strstr(text.data(), "eventfd-count:");
  std::uint64_t count = 0;
  if (line == nullptr || std::sscanf(line, "eventfd-count: %" SCNx64, &count) != 1) return true;
  return UINT64_MAX - count > value;
}

int TimerFd(int clock, int flags) {
  return Once([&] { return ::timerfd_create(clock, flags | TFD_CLOEXEC); });
}

int TimerFdSet(int fd, int flags, TimerSetting setting, TimerSetting& former) {
  itimerspec spec{};
  spec.it_value = ToTimespec(setting.initial);
  spec.it_interval = ToTimespec(setting.interval);
  itimerspec before{};
  const int result = Once([&] { return ::timerfd_settime(fd, flags, &spec, &before); });
  if (result >= 0) former = FromKernel(before);
  return result;
}

int TimerFdGet(int fd, TimerSetting& setting) {
  itimerspec spec{};
  const int result = Once([&] { return ::timerfd_gettime(fd, &spec); });
  if (result >= 0) setting = FromKernel(spec);
  return result;
}

#else

int EventFd(unsigned /*initial*/, int /*flags*/) { return -ENOSYS; }
bool EventFdHasRoom(int /*fd*/, std::uint64_t /*value*/) { return true; }
int TimerFd(int /*clock*/, int /*flags*/) { return -ENOSYS; }
int TimerFdSet(int /*fd*/, int /*flags*/, TimerSetting /*setting*/, TimerSetting& /*former*/) {
  return -ENOSYS;
}
int TimerFdGet(int /*fd*/, TimerSetting& /*setting*/) { return -ENOSYS; }

#endif

}  // namespace fdselect::sys
