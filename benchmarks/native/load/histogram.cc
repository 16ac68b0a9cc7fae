// Delays in classes; see histogram.h.
#include "histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

int Histogram::IndexOf(int64_t value) {
  const auto size = static_cast<uint64_t>(std::max<int64_t>(value, 0));
  if (size < (1u << kBits)) return static_cast<int>(size);
  const int shift = 63 - __builtin_clzll(size) - kBits;
  return ((shift + 1) << kBits) + static_cast<int>((size >> shift) - (1u << kBits));
}

double Histogram::MiddleOf(int index) {
  if (index < (1 << kBits)) return index;
  const int shift = (index >> kBits) - 1;
  const double low = std::ldexp((1 << kBits) + (index & ((1 << kBits) - 1)), shift);
  return low + std::ldexp(0.5, shift);
}

void Histogram::Clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  total_ = 0;
}

double Histogram::Percentile(double share) const {
  const double wanted = share * static_cast<double>(total_);
  double seen = 0;
  for (int i = 0; i < kClasses; ++i) {
    seen += static_cast<double>(counts_[i]);
    if (counts_[i] > 0 && seen >= wanted) return MiddleOf(i);
  }
  return 0;
}

std::string Histogram::Curve() const {
  // Closer and closer to 1, because the end of such a curve matters most.
  std::string json = "[";
  char point[64];
  for (double rest = 1; rest * static_cast<double>(total_) >= 1; rest *= 0.8) {
    snprintf(point, sizeof point, "%s[%.0f,%.6f]", json.size() == 1 ? "" : ",",
             Percentile(1 - rest), 1 - rest);
    json += point;
  }
  return json + "]";
}
