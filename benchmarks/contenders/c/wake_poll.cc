// Blocks in poll(2) until it is woken: the lower limit for a wake-up.
#include <poll.h>

#include "contenders.h"
#include "stamps.h"

void WakePoll() {
  for (int wanted; (wanted = NextJob()) > 0;) {
    Stamps stamps(wanted);
    pollfd entry{kWakeFd, POLLIN, 0};
    AnnounceWaiting();
    do {
      poll(&entry, 1, -1);
    } while (stamps.Take(Now()));
    stamps.Print();
  }
}
