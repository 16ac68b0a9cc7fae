// libuv ROLE: runs one of the contenders on libuv, with an idle thread beside it, as Node has some.
#include <cstdio>
#include <string>

#include "../c/server.h"
#include "contenders.h"

int main(int argc, char** argv) {
  const std::string role = argc == 2 ? argv[1] : "";
  if (role == "version") {
    printf("%s\n", uv_version_string());
    return 0;
  }
  PrepareProcess();
  if (role == "echo-tcp") {
    EchoTcp(uv_default_loop());
  } else if (role == "wake-poll") {
    WakePoll(uv_default_loop());
  } else {
    fprintf(stderr, "usage: libuv echo-tcp|wake-poll|version\n");
    return 2;
  }
}
