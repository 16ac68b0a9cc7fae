// The measured window of time, and its results.
#pragma once

#include <vector>

#include "histogram.h"
#include "options.h"

class Measured {
 public:
  // Begins with the warm-up; the window opens when that is over. It has `parts` of the same length.
  explicit Measured(const Options& options);

  // To be called once in a turn of the loop. False: the window is closed.
  bool GoesOn(int64_t now);
  // Closes the window before its time.
  void Close(int64_t now);
  void Add(int64_t delay) {
    if (!is_open_) return;
    delays_.Add(delay);
    part_.Add(delay);
  }
  // How late a message left that should have left by the clock.
  void AddLateness(int64_t lateness) {
    if (is_open_) lateness_.Add(lateness);
  }
  void Print() const;

 private:
  void Open(int64_t now);
  void ClosePart(int64_t now);

  int server_;
  int64_t start_;
  int64_t opens_;
  int64_t closes_;
  int64_t closed_ = 0;
  int64_t part_length_;
  int64_t part_closes_ = 0;
  bool is_open_ = false;
  int64_t own_cpu_ = 0;
  int64_t server_cpu_ = 0;
  Histogram delays_;
  Histogram part_;
  std::vector<double> part_percentiles_;  // 99 % of each part
  Histogram lateness_;
};
