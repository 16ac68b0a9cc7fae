// The common part of the servers in C; see server.h.
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

void PrepareProcess() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::thread([] {
    for (;;) pause();
  }).detach();
}

int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    perror("listen");
    exit(1);
  }
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int Accept(int listener) {
  return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

Interest Echo::OnReadable(int fd) {
  const ssize_t received = recv(fd, buffer_.data(), buffer_.size(), 0);
  if (received < 0 && errno == EAGAIN) return Interest::kRead;
  if (received <= 0) return Close(fd);
  const ssize_t sent = send(fd, buffer_.data(), received, MSG_NOSIGNAL);
  if (sent == received) return Interest::kRead;
  if (sent < 0 && errno != EAGAIN) return Close(fd);
  const ssize_t gone = sent < 0 ? 0 : sent;
  if (owed_.size() <= size_t(fd)) owed_.resize(fd + 1);
  owed_[fd].assign(buffer_.data() + gone, received - gone);
  return Interest::kWrite;
}

Interest Echo::OnWritable(int fd) {
  std::string& owed = owed_.at(fd);
  const ssize_t sent = send(fd, owed.data(), owed.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN ? Interest::kWrite : Close(fd);
  owed.erase(0, sent);
  return owed.empty() ? Interest::kRead : Interest::kWrite;
}

Interest Echo::Close(int fd) {
  close(fd);
  return Interest::kNothing;
}
