// Ends the load generator: a failed measurement must not be used.
#pragma once

#include <errno.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

[[noreturn]] inline void Fail(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, errno == 0 ? "failed" : strerror(errno));
  exit(1);
}
