// The echo server on epoll(7) in C.
#include <sys/epoll.h>

#include "contenders.h"
#include "server.h"

namespace {

void Control(int set, int operation, int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(set, operation, fd, &event);
}

}  // namespace

void EchoEpoll() {
  const int listener = Listen();
  const int set = epoll_create1(EPOLL_CLOEXEC);
  Control(set, EPOLL_CTL_ADD, listener, EPOLLIN);
  Echo echo;
  std::vector<epoll_event> events(1024);
  for (;;) {
    const int found = epoll_wait(set, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < found; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        for (int client; (client = Accept(listener)) >= 0;)
          Control(set, EPOLL_CTL_ADD, client, EPOLLIN);
        continue;
      }
      const bool was_owing = (events[i].events & EPOLLOUT) != 0;
      const Interest next = was_owing ? echo.OnWritable(fd) : echo.OnReadable(fd);
      if (next == Interest::kNothing || (next == Interest::kWrite) == was_owing) continue;
      Control(set, EPOLL_CTL_MOD, fd, next == Interest::kWrite ? EPOLLOUT : EPOLLIN);
    }
  }
}
