// A point on the monotonic clock (POSIX), so that an interrupted wait can go on with the time left.
#pragma once

#include <ctime>

#include <climits>
#include <cstdint>

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

  /// Time left as poll(2) wants it: -1 for ever; else rounded up, because rounding down would
  /// make the last millisecond of every wait a busy loop.
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

}  // namespace fdselect::sys
