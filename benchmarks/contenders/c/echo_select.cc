// The echo server on select(2) in C, for fds below FD_SETSIZE.
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>

#include "contenders.h"
#include "server.h"

void EchoSelect() {
  const int listener = Listen();
  fd_set readers;
  fd_set writers;
  FD_ZERO(&readers);
  FD_ZERO(&writers);
  FD_SET(listener, &readers);
  int highest = listener;
  Echo echo;
  for (;;) {
    fd_set readable = readers;
    fd_set writable = writers;
    int left = select(highest + 1, &readable, &writable, nullptr, nullptr);
    for (int fd = 0; fd <= highest && left > 0; ++fd) {
      const bool is_owing = FD_ISSET(fd, &writable);
      if (!is_owing && !FD_ISSET(fd, &readable)) continue;
      --left;
      if (fd == listener) {
        for (int client; (client = Accept(listener)) >= 0;) {
          if (client >= FD_SETSIZE) {
            close(client);
            continue;
          }
          FD_SET(client, &readers);
          highest = std::max(highest, client);
        }
        continue;
      }
      const Interest next = is_owing ? echo.OnWritable(fd) : echo.OnReadable(fd);
      FD_CLR(fd, &readers);
      FD_CLR(fd, &writers);
      if (next == Interest::kRead) FD_SET(fd, &readers);
      if (next == Interest::kWrite) FD_SET(fd, &writers);
    }
  }
}
