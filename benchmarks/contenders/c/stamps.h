// Wake-ups, measured in the same way in all contenders: an fd becomes readable and holds the time
// at which it did: 8 bytes, CLOCK_MONOTONIC in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// The fd that the runner hands over.
constexpr int kWakeFd = 3;

int64_t Now();

// How many wake-ups the runner wants next, a line on stdin; 0: no more.
int NextJob();

// Tells the runner that from now on every wake-up counts.
void AnnounceWaiting();

class Stamps {
 public:
  explicit Stamps(size_t wanted) : wanted_(wanted) {
    told_.reserve(wanted);
    data_.reserve(wanted);
  }

  // Reads the data; `told` is the time when the waiting code got the event. Returns whether more
  // are wanted.
  bool Take(int64_t told);

  // A line of JSON with the nanoseconds until the waiting code got the event, and until it had the
  // data.
  void Print() const;

 private:
  size_t wanted_;
  std::vector<int64_t> told_;
  std::vector<int64_t> data_;
};
