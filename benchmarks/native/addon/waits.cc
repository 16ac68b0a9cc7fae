// select(2), poll(2) and epoll_wait(2) in a C loop: the limit of what a binding can reach. Each
// round does what a C program does that has a list of fds and wants to know the ready ones:
// select()'s set is made from the list, then the call, then the answer is read: what is ready, and
// for what.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>

#include "loops.h"

Result PollWaits(const Fds& fds, int rounds) {
  std::vector<pollfd> entries;
  for (const int fd : fds) entries.push_back({fd, POLLIN, 0});
  int found = 0;
  int64_t sum = 0;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    found = poll(entries.data(), entries.size(), 0);
    int left = found;
    for (const pollfd& entry : entries) {
      if (left <= 0) break;
      if (entry.revents == 0) continue;
      sum += entry.fd + entry.revents;
      --left;
    }
  }
  return {stopwatch.NanosecondsPer(rounds), found, sum};
}

Result SelectWaits(const Fds& fds, int rounds) {
  const int highest = fds.empty() ? -1 : *std::max_element(fds.begin(), fds.end());
  // fd_set is sized to the highest fd, as fdselect's are; FD_SET itself knows no limit.
  std::vector<fd_set> readable(highest / FD_SETSIZE + 1);
  const size_t bytes = (highest / NFDBITS + 1) * sizeof(fd_mask);
  int found = 0;
  int64_t sum = 0;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    auto* const words = reinterpret_cast<char*>(readable.data());
    std::fill(words, words + bytes, 0);  // select_tut(2), law 11: sets are made anew for each call
    auto* const masks = reinterpret_cast<fd_mask*>(words);
    for (const int fd : fds) masks[fd / NFDBITS] |= fd_mask{1} << (fd % NFDBITS);
    timeval no_wait{0, 0};
    found = select(highest + 1, readable.data(), nullptr, nullptr, &no_wait);
    int left = found;
    for (const int fd : fds) {
      if (left <= 0) break;
      if ((masks[fd / NFDBITS] & (fd_mask{1} << (fd % NFDBITS))) == 0) continue;
      sum += fd;
      --left;
    }
  }
  return {stopwatch.NanosecondsPer(rounds), found, sum};
}

Result EpollWaits(const Fds& fds, int rounds) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : fds) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
  }
  std::vector<epoll_event> events(fds.size() + 1);
  int found = 0;
  int64_t sum = 0;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    found = epoll_wait(set, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < found; ++i) sum += events[i].data.fd + events[i].events;
  }
  const Result result{stopwatch.NanosecondsPer(rounds), found, sum};
  close(set);
  return result;
}
