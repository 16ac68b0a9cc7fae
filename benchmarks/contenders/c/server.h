// The common part of the servers in C: a listener, and connections with unsent bytes.
#pragma once

#include <string>
#include <vector>

// Raises the limit of open fds, as Node does, and starts a thread that sleeps: the kernel's poll
// and select are slower in a process with more than one thread, because they then take a reference
// to every file. Node always has several threads.
void PrepareProcess();

// A non-blocking listener on a free port of 127.0.0.1, which it prints as {"port":N}. What it
// accepts inherits TCP_NODELAY.
int Listen();

// Accepts a waiting connection, non-blocking; -1 if there is none.
int Accept(int listener);

// The interest of a connection.
enum class Interest { kRead, kWrite, kNothing };

// Echoes. While a connection has unsent bytes, nothing is read from it (backpressure).
class Echo {
 public:
  // kNothing: the connection is over, and closed.
  Interest OnReadable(int fd);
  Interest OnWritable(int fd);

 private:
  static Interest Close(int fd);

  std::vector<char> buffer_ = std::vector<char>(65536);
  std::vector<std::string> owed_;  // by fd
};
