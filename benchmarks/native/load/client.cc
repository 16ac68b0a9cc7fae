// Connections to the server under test; see client.h.
#include "client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "fail.h"

namespace {

constexpr size_t kBufferSize = 1 << 18;
// How many are opened before a check that the server has accepted them: a listener's queue does not
// have room for all.
constexpr int kBatch = 64;
// A source address has some 28,000 ports, and a closed connection may keep one for a minute.
constexpr int kPerAddress = 4096;

constexpr char kQuestion[] = {'?', '\n'};
constexpr int kPatienceMs = 10000;

// Closes a connection without a TIME_WAIT, which would use the ports up.
void Reset(int fd) {
  const linger reset{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(fd);
}

}  // namespace

Clients::Clients(int port, int count) : port_(port), bytes_(kBufferSize, 'x') {
  bytes_.back() = '\n';
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  Grow(count);
}

Clients::~Clients() {
  for (const Client& client : clients_) Reset(client.fd);
  close(epoll_);
}

void Clients::Grow(int count) {
  const int before = static_cast<int>(clients_.size());
  for (int i = before; i < count; ++i) {
    Open(i);
    if ((i - before) % kBatch == kBatch - 1) Probe();
  }
  Probe();
}

// Many at once: a server on poll(2) looks at all of its connections for each new one that comes
// alone.
void Clients::Speak(size_t first, int64_t size) {
  for (size_t begin = first; begin < clients_.size(); begin += kBatch) {
    const size_t end = std::min(begin + kBatch, clients_.size());
    for (size_t i = begin; i < end; ++i) {
      clients_[i].missing = size;
      Send(clients_[i], size);
    }
    for (size_t i = begin; i < end; ++i) {
      Client& client = clients_[i];
      while (client.missing > 0) {
        pollfd entry{client.fd, static_cast<short>(client.unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                     0};
        errno = 0;
        if (poll(&entry, 1, kPatienceMs) == 0) Fail("the server does not answer: poll");
        if ((entry.revents & POLLOUT) != 0) Continue(client);
        if ((entry.revents & ~POLLOUT) != 0) client.missing -= Receive(client, client.missing);
      }
    }
  }
}

// Opens another connection and exchanges a line on it. A listener's queue keeps the order, so the
// echo shows that all earlier connections were accepted, although they have sent nothing.
void Clients::Probe() const {
  const int fd = Connect(static_cast<int>(clients_.size()));
  if (send(fd, kQuestion, sizeof kQuestion, MSG_NOSIGNAL) != sizeof kQuestion) Fail("send");
  char answer[sizeof kQuestion] = {};
  errno = 0;
  if (recv(fd, answer, sizeof answer, MSG_WAITALL) != sizeof answer) {
    Fail("the server does not answer: recv");
  }
  if (memcmp(answer, kQuestion, sizeof answer) != 0) Fail("the server does not echo");
  Reset(fd);
}

int Clients::Connect(int index) const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index / kPerAddress);
  if (bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) != 0) Fail("bind");
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<uint16_t>(port_));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) Fail("connect");
  return fd;
}

void Clients::Open(int index) {
  Client client;
  client.fd = Connect(index);
  if (fcntl(client.fd, F_SETFL, O_NONBLOCK) != 0) Fail("fcntl");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<uint32_t>(index);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event) != 0) Fail("epoll_ctl");
  clients_.push_back(client);
}

void Clients::Send(Client& client, int64_t size) {
  client.unsent += size;
  Continue(client);
}

void Clients::Continue(Client& client) {
  while (client.unsent > 0) {
    const size_t size = std::min<int64_t>(client.unsent, static_cast<int64_t>(kBufferSize));
    const char* const rest = bytes_.data() + kBufferSize - size;  // the newline is the last byte
    const ssize_t sent = send(client.fd, rest, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) Fail("send");
    if (sent < 0) break;
    client.unsent -= sent;
  }
  WatchForWriting(client, client.unsent > 0);
}

int64_t Clients::Receive(Client& client, int64_t size) {
  const size_t room = std::min<int64_t>(size, static_cast<int64_t>(kBufferSize));
  // With MSG_TRUNC, TCP drops the bytes instead of copying them: they were verified before, and the
  // load generator has little time.
  const ssize_t received = recv(client.fd, bytes_.data(), room, MSG_TRUNC);
  if (received > 0) return received;
  if (received < 0 && errno == EAGAIN) return 0;
  if (received == 0) errno = 0;
  Fail("the server has closed a connection: recv");
}

void Clients::WatchForWriting(Client& client, bool is_wanted) {
  if (client.is_watched_for_writing == is_wanted) return;
  client.is_watched_for_writing = is_wanted;
  epoll_event event{};
  event.events = is_wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = static_cast<uint32_t>(&client - clients_.data());
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd, &event) != 0) Fail("epoll_ctl");
}
