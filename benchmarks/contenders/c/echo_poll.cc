// The echo server on poll(2) in C.
#include <poll.h>

#include "contenders.h"
#include "server.h"

void EchoPoll() {
  const int listener = Listen();
  std::vector<pollfd> entries{{listener, POLLIN, 0}};
  Echo echo;
  for (;;) {
    int left = poll(entries.data(), entries.size(), -1);
    // Backwards: a connection that is over gives its place to the last one, which had its turn.
    for (size_t i = entries.size() - 1; i > 0 && left > 0; --i) {
      pollfd& entry = entries[i];
      if (entry.revents == 0) continue;
      --left;
      const bool is_owing = (entry.revents & POLLOUT) != 0;
      const Interest next = is_owing ? echo.OnWritable(entry.fd) : echo.OnReadable(entry.fd);
      if (next == Interest::kNothing) {
        entry = entries.back();
        entries.pop_back();
      } else {
        entry.events = next == Interest::kWrite ? POLLOUT : POLLIN;
      }
    }
    if (entries[0].revents == 0) continue;
    for (int client; (client = Accept(listener)) >= 0;) entries.push_back({client, POLLIN, 0});
  }
}
