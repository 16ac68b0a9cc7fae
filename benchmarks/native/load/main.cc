// load MODE NAME=NUMBER ...: the load generator.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>

#include "modes.h"

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would end it but the runner
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);

  const Options options(argc, argv);
  const std::map<std::string, void (*)(const Options&)> modes{
      {"verify", Verify}, {"closed", Closed}, {"open", Open}, {"idle", Idle}, {"wake", Wake}};
  const auto mode = modes.find(options.mode());
  if (mode == modes.end()) {
    fprintf(stderr, "usage: load verify|closed|open|idle|wake NAME=NUMBER ...\n");
    return 2;
  }
  mode->second(options);
}
