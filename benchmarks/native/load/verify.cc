// Messages of random sizes and bytes, which must come back as they were: from several connections
// at once, in pieces of any size, more than the kernel's buffers hold.
#include <poll.h>
#include <sys/socket.h>

#include <random>

#include "fail.h"
#include "modes.h"

namespace {

constexpr int kConnections = 5;
constexpr size_t kMost = 300000;

struct Talk {
  int fd;
  std::vector<char> bytes;
  size_t sent = 0;
  size_t back = 0;

  bool IsOver() const { return back == bytes.size(); }
};

void SendSome(Talk& talk, size_t most) {
  const size_t size = std::min(most, talk.bytes.size() - talk.sent);
  const ssize_t sent = send(talk.fd, talk.bytes.data() + talk.sent, size, MSG_NOSIGNAL);
  if (sent > 0) talk.sent += sent;
}

void ReceiveSome(Talk& talk) {
  char bytes[65536];
  const ssize_t received = recv(talk.fd, bytes, sizeof bytes, 0);
  if (received < 0 && errno == EAGAIN) return;
  errno = 0;
  if (received <= 0) Fail("verify: the server has closed a connection");
  if (talk.back + received > talk.sent) Fail("verify: more came back than was sent");
  if (memcmp(bytes, talk.bytes.data() + talk.back, received) != 0) {
    Fail("verify: what came back is not what was sent");
  }
  talk.back += received;
}

}  // namespace

void Verify(int port, const Options& options) {
  Clients clients(port, kConnections);
  std::mt19937 random(static_cast<unsigned>(options.Get("seed", 1)));
  std::vector<Talk> talks;
  for (const Client& client : clients.all()) {
    std::vector<char> bytes(1 + random() % kMost);
    for (char& byte : bytes) byte = static_cast<char>(random());
    bytes.back() = '\n';  // some servers answer whole lines
    talks.push_back({client.fd, std::move(bytes)});
  }
  const int patience = static_cast<int>(options.Get("patience", 5000));
  for (bool is_over = false; !is_over;) {
    is_over = true;
    std::vector<pollfd> entries;
    for (const Talk& talk : talks) {
      const bool is_sending = talk.sent < talk.bytes.size();
      entries.push_back({talk.fd, static_cast<short>(is_sending ? POLLIN | POLLOUT : POLLIN), 0});
      is_over = is_over && talk.IsOver();
    }
    errno = 0;
    if (!is_over && poll(entries.data(), entries.size(), patience) == 0) {
      Fail("verify: not everything came back in time");
    }
    for (size_t i = 0; i < talks.size(); ++i) {
      if ((entries[i].revents & POLLOUT) != 0) SendSome(talks[i], 1 + random() % 70000);
      if ((entries[i].revents & ~POLLOUT) != 0) ReceiveSome(talks[i]);
    }
  }
  printf("{\"verified\":true}\n");
}
