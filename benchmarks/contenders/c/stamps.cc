// Wake-ups, measured in the same way in all contenders; see stamps.h.
#include "stamps.h"

#include <time.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace {

void PrintList(const std::vector<int64_t>& values) {
  for (size_t i = 0; i < values.size(); ++i) printf("%c%" PRId64, i == 0 ? '[' : ',', values[i]);
  printf("]");
}

}  // namespace

int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int NextJob() {
  char line[32];
  return fgets(line, sizeof line, stdin) == nullptr ? 0 : atoi(line);
}

void AnnounceWaiting() {
  printf("{\"waiting\":true}\n");
  fflush(stdout);
}

bool Stamps::Take(int64_t told) {
  int64_t stamp = 0;
  if (read(kWakeFd, &stamp, sizeof stamp) == sizeof stamp) {
    data_.push_back(Now() - stamp);
    told_.push_back(told - stamp);
  }
  return told_.size() < wanted_;
}

void Stamps::Print() const {
  printf("{\"told\":");
  PrintList(told_);
  printf(",\"data\":");
  PrintList(data_);
  printf("}\n");
  fflush(stdout);
}
