// Registering, modifying and unregistering in C: system calls with epoll, a table with poll.
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <unordered_map>

#include "loops.h"

namespace {

void Control(int set, int operation, int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(set, operation, fd, &event);
}

}  // namespace

Result PollChurn(const Fds& fds, int rounds) {
  std::vector<pollfd> entries;
  std::unordered_map<int, size_t> positions;
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    for (const int fd : fds) {
      positions[fd] = entries.size();
      entries.push_back({fd, POLLIN, 0});
    }
    for (const int fd : fds) entries[positions.at(fd)].events = POLLIN | POLLOUT;
    for (const int fd : fds) {
      // poll(2) ignores a negative fd; the holes go with the last one.
      entries[positions.at(fd)].fd = -1;
      positions.erase(fd);
    }
    entries.clear();
  }
  return {stopwatch.NanosecondsPer(double(rounds) * fds.size() * kChurnOperations), 0};
}

Result EpollChurn(const Fds& fds, int rounds) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  const Stopwatch stopwatch;
  for (int round = 0; round < rounds; ++round) {
    for (const int fd : fds) Control(set, EPOLL_CTL_ADD, fd, EPOLLIN);
    for (const int fd : fds) Control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT);
    for (const int fd : fds) Control(set, EPOLL_CTL_DEL, fd, 0);
  }
  const Result result{stopwatch.NanosecondsPer(double(rounds) * fds.size() * kChurnOperations), 0};
  close(set);
  return result;
}
