// Every connection sends its next message as soon as the one before is back; with `pause`, this
// many milliseconds later, and nothing happens in between.
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "measured.h"
#include "modes.h"

void Closed(Clients& clients, const Options& options) {
  const int64_t size = options.Get("size");
  // Limits the number of messages, in addition to the window.
  int64_t left = options.Get("messages", INT64_MAX);
  const auto pause = static_cast<unsigned>(options.Get("pause", 0));
  size_t under_way = 0;
  Measured measured(options);
  const auto start = [&](Client& client) {
    client.started = Now();
    client.missing = size;
    clients.Send(client, size);
    ++under_way;
    --left;
  };
  // The others are idle.
  int64_t active = options.Get("active", INT64_MAX);
  for (Client& client : clients.all()) {
    if (left > 0 && active-- > 0) start(client);
  }
  std::vector<epoll_event> events(1024);
  // Messages on the way when the window closes are awaited, so that the next window begins idle.
  for (bool goes_on = true; goes_on || under_way > 0;) {
    goes_on = goes_on && left > 0 && measured.GoesOn(Now());
    const int found = epoll_wait(clients.epoll(), events.data(), 1024, 100);
    for (int i = 0; i < found; ++i) {
      Client& client = clients.all()[events[i].data.u32];
      if ((events[i].events & EPOLLOUT) != 0) clients.Continue(client);
      if ((events[i].events & ~EPOLLOUT) == 0) continue;
      client.missing -= clients.Receive(client, client.missing);
      if (client.missing > 0) continue;
      measured.Add(Now() - client.started);
      --under_way;
      if (!goes_on || left <= 0) continue;
      if (pause > 0) usleep(1000 * pause);
      start(client);
    }
  }
  measured.Close(Now());
  measured.Print();
}
