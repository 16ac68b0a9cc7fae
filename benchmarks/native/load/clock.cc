// Time of day and CPU time; see clock.h.
#include "clock.h"

#include <time.h>

#include "fail.h"

namespace {

int64_t Read(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) Fail("clock_gettime");
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

}  // namespace

int64_t Now() { return Read(CLOCK_MONOTONIC); }

int64_t CpuTime(pid_t pid) {
  clockid_t clock{};
  if (pid == 0) return 0;
  if (clock_getcpuclockid(pid, &clock) != 0) Fail("the server has ended: clock_getcpuclockid");
  return Read(clock);
}

int64_t OwnCpuTime() { return Read(CLOCK_PROCESS_CPUTIME_ID); }
