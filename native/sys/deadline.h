// A point on the monotonic clock (POSIX): an interrupted wait continues with the time that remains.
#pragma once

#include <ctime>

#include <climits>
#include <cstdint>

#include "result.h"

namespace fdselect::sys {

class Deadline {
 public:
  static constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  static constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
  static constexpr std::int64_t kNanosecondsPerMicrosecond = 1'000;

  static Deadline Never() { return Deadline(kNever); }

  /// `count` units of `nanoseconds` from now. A negative count is "never", and so is an end
  /// beyond the 292 years that 64 bits of nanoseconds hold.
  static Deadline After(std::int64_t count, std::int64_t nanoseconds) {
    if (count < 0) return Never();
    std::int64_t span = 0;
    std::int64_t end = 0;
    if (__builtin_mul_overflow(count, nanoseconds, &span) ||
        __builtin_add_overflow(Now(), span, &end)) {
      return Never();
    }
    return Deadline(end);
  }

  static Deadline AfterMilliseconds(std::int64_t count) {
    return After(count, kNanosecondsPerMillisecond);
  }

  bool IsNever() const { return end_ == kNever; }

  bool HasPassed() const { return !IsNever() && Now() >= end_; }

  /// Time left, >= 0. Only for a deadline that is not "never".
  std::int64_t RemainingNanoseconds() const {
    const std::int64_t left = end_ - Now();
    return left > 0 ? left : 0;
  }

  /// Time left in poll(2)'s unit: -1 for ever; else rounded up, because rounding down would make
  /// the last millisecond of every wait a busy loop.
  int RemainingMilliseconds() const {
    if (IsNever()) return -1;
    const std::int64_t left = RemainingNanoseconds();
    const std::int64_t rounded_up =
        (left / kNanosecondsPerMillisecond) + (left % kNanosecondsPerMillisecond == 0 ? 0 : 1);
    return rounded_up > INT_MAX ? INT_MAX : static_cast<int>(rounded_up);
  }

 private:
  static constexpr std::int64_t kNever = INT64_MAX;

  explicit Deadline(std::int64_t end) : end_(end) {}

  static std::int64_t Now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (static_cast<std::int64_t>(now.tv_sec) * kNanosecondsPerSecond) + now.tv_nsec;
  }

  std::int64_t end_;
};

/// Makes the wait `call(left)` and repeats it with the time that remains while it fails with EINTR.
/// `timeout` and `left` are in units of `unit_ns` nanoseconds; negative: for ever; 0: do not wait.
/// Returns the value of the call or -errno; 0 after the timeout. `restarts`, if given, counts the
/// repetitions.
template <class Call>
int WaitedFor(std::int64_t timeout, std::int64_t unit_ns, Call call,
              std::int32_t* restarts = nullptr) {
  const auto deadline = timeout > 0 ? Deadline::After(timeout, unit_ns) : Deadline::Never();
  for (std::int64_t left = timeout;;) {
    const int result = Once([&] { return call(left); });
    if (result != -EINTR) return result;
    if (deadline.HasPassed()) return 0;
    if (restarts != nullptr) ++*restarts;
    // Rounded up, so that the last unit of a wait is not a busy loop.
    if (!deadline.IsNever()) left = (deadline.RemainingNanoseconds() + unit_ns - 1) / unit_ns;
  }
}

}  // namespace fdselect::sys
