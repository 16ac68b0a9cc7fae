// Makes an fd ready again and again, at moments when the process that waits for it is asleep.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <random>

#include "clock.h"
#include "fail.h"
#include "modes.h"

namespace {

// The fd that the runner hands over.
constexpr int kFd = 3;
// Long enough for that process to sleep again; not always the same, so that the two do not fall
// into step.
constexpr int64_t kPause = 100000;
constexpr int64_t kJitter = 50000;

// The bytes that are written and not read yet.
int Unread() {
  int size = 0;
  if (ioctl(kFd, SIOCOUTQ, &size) != 0) Fail("ioctl");
  return size;
}

}  // namespace

void Wake(const Options& options) {
  static std::mt19937 random(1);
  for (int64_t left = options.Get("count"); left > 0; --left) {
    while (Unread() > 0) continue;
    // It does not sleep: its own wake-up would be measured as well.
    const int64_t until = Now() + kPause + static_cast<int64_t>(random() % kJitter);
    while (Now() < until) continue;
    const int64_t stamp = Now();
    if (send(kFd, &stamp, sizeof stamp, MSG_NOSIGNAL) != sizeof stamp) Fail("send");
  }
  while (Unread() > 0) continue;
  printf("{\"done\":true}\n");
}
