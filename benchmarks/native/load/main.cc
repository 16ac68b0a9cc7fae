// load: the load generator. Each line on stdin is answered by a line of JSON:
//
//     connect port=P connections=N    closes all connections and opens N, which send nothing
//     grow connections=N              opens more, until there are N
//     speak size=B [first=I]          one message there and back on each, from the I-th on
//     accept port=P connections=N server=PID
//                                     the server's cost to accept N, which are closed again
//     closed size=B warmup=MS window=MS [server=PID] [messages=N] [active=N] [pause=MS]
//     open size=B rate=R warmup=MS window=MS [server=PID] [parts=N]
//     verify port=P [seed=N] [patience=MS]
//     wake count=N
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>

#include "modes.h"

namespace {

std::unique_ptr<Clients> clients;

Clients& NeedClients() {
  if (clients != nullptr) return *clients;
  fprintf(stderr, "load: connect comes first\n");
  exit(2);
}

void PrintCount() { printf("{\"connections\":%zu}\n", clients->all().size()); }

void Run(const Options& options) {
  const std::string& mode = options.mode();
  if (mode == "connect") {
    clients.reset();
    clients = std::make_unique<Clients>(static_cast<int>(options.Get("port")),
                                        static_cast<int>(options.Get("connections")));
    PrintCount();
  } else if (mode == "grow") {
    NeedClients().Grow(static_cast<int>(options.Get("connections")));
    PrintCount();
  } else if (mode == "speak") {
    NeedClients().Speak(static_cast<size_t>(options.Get("first", 0)), options.Get("size"));
    PrintCount();
  } else if (mode == "accept") {
    clients.reset();
    Accept(options);
  } else if (mode == "closed") {
    Closed(NeedClients(), options);
  } else if (mode == "open") {
    Open(NeedClients(), options);
  } else if (mode == "verify") {
    Verify(static_cast<int>(options.Get("port")), options);
  } else if (mode == "wake") {
    Wake(options);
  } else {
    fprintf(stderr, "load: no mode '%s'\n", mode.c_str());
    exit(2);
  }
  fflush(stdout);
}

}  // namespace

int main() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing else ends it if the runner is killed
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (std::string line; std::getline(std::cin, line);) Run(Options(line));
  clients.reset();
}
