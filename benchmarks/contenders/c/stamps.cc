// Wake-ups as they are measured everywhere; see stamps.h.
#include "stamps.h"

#include <time.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int NextJob() {
  char line[32];
  return fgets(line, sizeof line, stdin) == nullptr ? 0 : atoi(line);
}

bool Stamps::Take(int64_t told) {
  int64_t stamp = 0;
  if (read(kWakeFd, &stamp, sizeof stamp) == sizeof stamp) delays_.push_back(told - stamp);
  return static_cast<int>(delays_.size()) < wanted_;
}

void Stamps::Print() const {
  printf("{\"delays\":[");
  for (size_t i = 0; i < delays_.size(); ++i) printf("%s%" PRId64, i == 0 ? "" : ",", delays_[i]);
  printf("]}\n");
  fflush(stdout);
}
