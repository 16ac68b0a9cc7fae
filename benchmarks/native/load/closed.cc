// Every connection sends its next message as soon as the one before is back.
#include <sys/epoll.h>

#include "client.h"
#include "clock.h"
#include "measured.h"
#include "modes.h"

void Closed(const Options& options) {
  Clients clients(static_cast<int>(options.Get("port")),
                  static_cast<int>(options.Get("connections")));
  const int64_t size = options.Get("size");
  // Instead of a window: so many messages of each connection.
  const int64_t limit = options.Get("messages", 0);
  int64_t back = 0;
  Measured measured(options);
  const auto start = [&](Client& client) {
    client.started = Now();
    client.missing = size;
    clients.Send(client, size);
  };
  for (Client& client : clients.all()) start(client);
  std::vector<epoll_event> events(1024);
  while (measured.GoesOn(Now())) {
    const int found = epoll_wait(clients.epoll(), events.data(), 1024, 100);
    for (int i = 0; i < found; ++i) {
      Client& client = clients.all()[events[i].data.u32];
      if ((events[i].events & EPOLLOUT) != 0) clients.Continue(client);
      if ((events[i].events & ~EPOLLOUT) == 0) continue;
      client.missing -= clients.Receive(client, client.missing);
      if (client.missing > 0) continue;
      measured.Add(Now() - client.started);
      if (limit > 0 && ++back >= limit) {
        printf("{\"messages\":%lld}\n", static_cast<long long>(back));
        return;
      }
      start(client);
    }
  }
  measured.Print();
}
