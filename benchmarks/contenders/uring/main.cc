// uring ROLE: runs the contender on io_uring(7), with an idle thread beside it, as Node has some.
#include <liburing.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "../c/server.h"
#include "contenders.h"

namespace {

// Whether this kernel and this container let a process use io_uring: many do not.
int Check() {
  io_uring ring{};
  const int status = io_uring_queue_init(8, &ring, kRingFlags);
  if (status < 0) {
    fprintf(stderr, "io_uring_setup: %s\n", strerror(-status));
    return 1;
  }
  io_uring_queue_exit(&ring);
  printf("io_uring\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string role = argc == 2 ? argv[1] : "";
  if (role == "check") return Check();
  if (role == "echo") {
    PrepareProcess();
    EchoUring();
    return 1;
  }
  fprintf(stderr, "usage: uring echo|check\n");
  return 2;
}
