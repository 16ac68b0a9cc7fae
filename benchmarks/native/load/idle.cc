// Opens connections as lines on stdin ask for, which then do nothing.
#include "client.h"
#include "modes.h"

#include <cstdio>
#include <cstdlib>

void Idle(const Options& options) {
  Clients clients(static_cast<int>(options.Get("port")), 0);
  char line[32];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    clients.Grow(atoi(line));
    printf("{\"connections\":%zu}\n", clients.all().size());
    fflush(stdout);
  }
}
