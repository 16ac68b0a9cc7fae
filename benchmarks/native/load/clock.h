// A clock for delays, and CPU time: of this process, and of another one with all of its threads.
#pragma once

#include <sys/types.h>

#include <cstdint>

// CLOCK_MONOTONIC in nanoseconds, which is the same in all processes.
int64_t Now();

// CPU time in nanoseconds; 0 for pid 0.
int64_t CpuTime(pid_t pid);
int64_t OwnCpuTime();
