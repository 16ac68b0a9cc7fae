// The server's CPU time to accept connections, which send nothing.
#include <cstdio>

#include "clock.h"
#include "modes.h"

void Accept(const Options& options) {
  const int port = static_cast<int>(options.Get("port"));
  const int count = static_cast<int>(options.Get("connections"));
  const int server = static_cast<int>(options.Get("server"));
  const int64_t before = CpuTime(server);
  {
    const Clients clients(port, count);
    const int64_t spent = CpuTime(server) - before;
    printf("{\"connections\":%d,\"serverCpu\":%.9f}\n", count, static_cast<double>(spent) / 1e9);
  }
  // The server has closed them, too, before anything else is measured: it answers a newcomer.
  const Clients none(port, 0);
}
