// c ROLE: runs one of the contenders in C, with an idle thread beside it.
#include <cstdio>
#include <map>
#include <string>

#include "contenders.h"
#include "server.h"

int main(int argc, char** argv) {
  const std::map<std::string, void (*)()> roles{{"echo-select", EchoSelect},
                                                {"echo-poll", EchoPoll},
                                                {"echo-epoll", EchoEpoll},
                                                {"wake-poll", WakePoll}};
  const auto role = roles.find(argc == 2 ? argv[1] : "");
  if (role == roles.end()) {
    fprintf(stderr, "usage: c echo-select|echo-poll|echo-epoll|wake-poll\n");
    return 2;
  }
  PrepareProcess();
  role->second();
}
