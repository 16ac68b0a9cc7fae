// Messages leave by the clock, `rate` of them in a second on all connections together, at moments
// drawn as if they were independent of each other. A delay counts from the moment at which a
// message should have left: so a server that stalls also delays the messages of that time.
#include <sys/epoll.h>

#include <deque>
#include <random>

#include "clock.h"
#include "measured.h"
#include "modes.h"

namespace {

// Always the same moments, for all servers.
constexpr unsigned kSeed = 1;

}  // namespace

void Open(Clients& clients, const Options& options) {
  const int64_t size = options.Get("size");
  std::mt19937_64 random(kSeed);
  std::exponential_distribution<double> gap(static_cast<double>(options.Get("rate")) / 1e9);
  std::vector<std::deque<int64_t>> started(clients.all().size());
  Measured measured(options);
  double next = static_cast<double>(Now());
  size_t turn = 0;
  size_t under_way = 0;
  std::vector<epoll_event> events(1024);
  // It never sleeps: a wake-up takes longer than most messages, and it has a CPU for itself.
  // Messages on the way when the window closes are awaited, so that the next window begins idle.
  for (bool goes_on = true; goes_on || under_way > 0;) {
    const int64_t now = Now();
    goes_on = goes_on && measured.GoesOn(now);
    while (goes_on && next <= static_cast<double>(now)) {
      const size_t index = turn++ % started.size();
      Client& client = clients.all()[index];
      started[index].push_back(static_cast<int64_t>(next));
      measured.AddLateness(now - static_cast<int64_t>(next));
      if (client.missing == 0) client.missing = size;
      clients.Send(client, size);
      ++under_way;
      next += gap(random);
    }
    const int found = epoll_wait(clients.epoll(), events.data(), 1024, 0);
    for (int i = 0; i < found; ++i) {
      const uint32_t index = events[i].data.u32;
      Client& client = clients.all()[index];
      if ((events[i].events & EPOLLOUT) != 0) clients.Continue(client);
      if ((events[i].events & ~EPOLLOUT) == 0) continue;
      client.missing -= clients.Receive(client, client.missing);
      if (client.missing > 0) continue;
      measured.Add(Now() - started[index].front());
      started[index].pop_front();
      --under_way;
      if (!started[index].empty()) client.missing = size;
    }
  }
  measured.Print();
}
