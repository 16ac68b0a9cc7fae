// Wake-ups as they are measured everywhere: an fd becomes readable and holds the time, 8 bytes of
// CLOCK_MONOTONIC nanoseconds, at which it did.
#pragma once

#include <cstdint>
#include <vector>

// The fd that the runner hands over.
constexpr int kWakeFd = 3;

int64_t Now();

// How many wake-ups the runner wants next, a line on stdin; 0: no more.
int NextJob();

class Stamps {
 public:
  explicit Stamps(int wanted) : wanted_(wanted) { delays_.reserve(wanted); }

  // Reads what has come; `told` is when the waiting code was told of it. Whether more are wanted.
  bool Take(int64_t told);

  // A line of JSON with the delays in nanoseconds.
  void Print() const;

 private:
  int wanted_;
  std::vector<int64_t> delays_;
};
