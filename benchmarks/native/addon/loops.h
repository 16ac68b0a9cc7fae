// The C loops of the addon: what a C program would do with a list of fds, a number of times.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

using Fds = std::vector<int>;

// Nanoseconds for each round (of a churn: for each operation), how many fds the last wait found,
// and the sum of all that the waits have answered: a loop that is timed reads its answers.
struct Result {
  double nanoseconds;
  int found;
  int64_t sum = 0;
};

class Stopwatch {
 public:
  double NanosecondsPer(double rounds) const {
    const auto spent = std::chrono::steady_clock::now() - start_;
    return std::chrono::duration<double, std::nano>(spent).count() / rounds;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Waits that do not block, over fds that are watched for reading.
Result SelectWaits(const Fds& fds, int rounds);
Result PollWaits(const Fds& fds, int rounds);
Result EpollWaits(const Fds& fds, int rounds);
Result LibuvWaits(const Fds& fds, int rounds);

// In each round every fd is registered, modified and unregistered.
constexpr int kChurnOperations = 3;
Result PollChurn(const Fds& fds, int rounds);
Result EpollChurn(const Fds& fds, int rounds);
Result LibuvChurn(const Fds& fds, int rounds);
