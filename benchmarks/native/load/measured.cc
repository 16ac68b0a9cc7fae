// The measured window of time; see measured.h.
#include "measured.h"

#include <cinttypes>
#include <cstdio>

#include "clock.h"

namespace {

constexpr int64_t kPatience = INT64_C(10000000000);

}  // namespace

Measured::Measured(const Options& options)
    : server_(static_cast<int>(options.Get("server", 0))),
      start_(::Now()),
      opens_(start_ + options.Get("warmup") * 1000000),
      closes_(opens_ + options.Get("window") * 1000000),
      part_length_((closes_ - opens_) / options.Get("parts", 1)) {}

bool Measured::GoesOn(int64_t now) {
  if (!is_open_ && now >= opens_) Open(now);
  if (is_open_ && now >= part_closes_) ClosePart(now);
  // On a busy machine there may be no message back yet, and so no delay.
  const bool is_empty = is_open_ && delays_.total() == 0;
  if (now < closes_ || (is_empty && now < closes_ + kPatience)) return true;
  Close(now);
  return false;
}

void Measured::Open(int64_t now) {
  is_open_ = true;
  closes_ += now - opens_;
  opens_ = now;
  part_closes_ = now + part_length_;
  own_cpu_ = OwnCpuTime();
  server_cpu_ = CpuTime(server_);
}

// If a server stalls for a whole part, no message comes back in that part: its delays are in the
// next one.
void Measured::ClosePart(int64_t now) {
  if (part_.total() > 0) part_percentiles_.push_back(part_.Percentile(0.99));
  part_.Clear();
  part_closes_ = now + part_length_;
}

void Measured::Close(int64_t now) {
  if (!is_open_) return;
  is_open_ = false;
  closed_ = now;
  if (part_percentiles_.empty()) ClosePart(now);
  own_cpu_ = OwnCpuTime() - own_cpu_;
  server_cpu_ = CpuTime(server_) - server_cpu_;
}

void Measured::Print() const {
  const double window = static_cast<double>(closed_ - opens_);
  printf("{\"messages\":%" PRId64
         ",\"seconds\":%.6f,\"ownCpu\":%.6f,\"serverCpu\":%.6f,"
         "\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"late99\":%.0f,\"curve\":%s,\"parts\":[",
         delays_.total(), window / 1e9, static_cast<double>(own_cpu_) / 1e9,
         static_cast<double>(server_cpu_) / 1e9, delays_.Percentile(0.5), delays_.Percentile(0.99),
         delays_.Percentile(0.999), lateness_.Percentile(0.99), delays_.Curve().c_str());
  for (size_t i = 0; i < part_percentiles_.size(); ++i) {
    printf("%s%.0f", i == 0 ? "" : ",", part_percentiles_[i]);
  }
  printf("]}\n");
}
