// Connections to the server under test, and messages that come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// One connection. Bytes are sent when the kernel takes them; a message is back when as many bytes
// have been received.
struct Client {
  int fd = -1;
  int64_t unsent = 0;
  int64_t missing = 0;  // of the message that comes back first
  int64_t started = 0;
  bool is_watched_for_writing = false;
};

class Clients {
 public:
  // Connections to 127.0.0.1:port, all accepted. None of them has sent anything.
  Clients(int port, int count);
  ~Clients();
  Clients(const Clients&) = delete;

  // Opens more, until there are `count`.
  void Grow(int count);
  // Each connection from index `first` on sends one message of `size` bytes and gets it back.
  void Speak(size_t first, int64_t size);

  std::vector<Client>& all() { return clients_; }
  int epoll() const { return epoll_; }

  // Sends `size` bytes, or as many as the kernel takes; Continue() sends the others. A message ends
  // with a newline: some servers answer whole lines.
  void Send(Client& client, int64_t size);
  void Continue(Client& client);
  // Receives the bytes that have arrived, at most `size`; returns how many.
  int64_t Receive(Client& client, int64_t size);

 private:
  int Connect(int index) const;
  void Open(int index);
  void Probe() const;
  void WatchForWriting(Client& client, bool is_wanted);

  int port_;
  int epoll_;
  std::vector<Client> clients_;
  std::vector<char> bytes_;
};
