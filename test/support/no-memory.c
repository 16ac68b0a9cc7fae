// A library for LD_PRELOAD: a poll(2) that waits for several fds fails with ENOMEM.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>

int poll(struct pollfd* entries, nfds_t count, int timeout) {
  static int (*real)(struct pollfd*, nfds_t, int);
  if (real == 0) real = (int (*)(struct pollfd*, nfds_t, int))dlsym(RTLD_NEXT, "poll");
  if (count <= 1 || timeout == 0) return real(entries, count, timeout);
  errno = ENOMEM;
  return -1;
}
