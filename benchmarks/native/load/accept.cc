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
  // A new connection gets an answer only when the server has closed these: then they do not disturb
  // the next measurement.
  const Clients none(port, 0);
}
