// Ends the load generator: a measurement that went wrong is none.
#pragma once

#include <errno.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

[[noreturn]] inline void Fail(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, errno == 0 ? "failed" : strerror(errno));
  exit(1);
}
