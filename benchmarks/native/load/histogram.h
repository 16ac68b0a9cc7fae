// Delays, counted in classes that are 1.6 % wide or less: percentiles without keeping every value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

class Histogram {
 public:
  void Add(int64_t nanoseconds) {
    ++counts_[IndexOf(nanoseconds)];
    ++total_;
  }
  void Clear();

  int64_t total() const { return total_; }
  // The delay below which a share (0 to 1) of all delays lies; 0 if there are no delays.
  double Percentile(double share) const;
  // [[delay, share of all delays up to it], ...] as JSON, for a curve.
  std::string Curve() const;

 private:
  static constexpr int kBits = 6;  // 64 classes for each power of two
  static constexpr int kClasses = (64 - kBits) << kBits;

  static int IndexOf(int64_t value);
  static double MiddleOf(int index);

  std::vector<int64_t> counts_ = std::vector<int64_t>(kClasses);
  int64_t total_ = 0;
};
