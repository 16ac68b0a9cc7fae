// The constants of sockets, from the system's headers. The list is in native/constants/socket.txt.
#include <net/ethernet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#ifdef __linux__
#include <linux/can.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#endif

// Newer than the oldest kernel headers that this is built with, or left out of small systems.
#if __has_include(<linux/can/bcm.h>)
#include <linux/can/bcm.h>
#endif
#if __has_include(<linux/can/isotp.h>)
#include <linux/can/isotp.h>
#endif
#if __has_include(<linux/can/j1939.h>)
#include <linux/can/j1939.h>
#endif
#if __has_include(<linux/can/raw.h>)
#include <linux/can/raw.h>
#endif
#if __has_include(<linux/if_alg.h>)
#include <linux/if_alg.h>
#endif
#if __has_include(<linux/qrtr.h>)
#include <linux/qrtr.h>
#endif
#if __has_include(<linux/tipc.h>)
#include <linux/tipc.h>
#endif

#include "addon.h"

namespace fdselect::binding {

namespace {

struct Constant {
  const char* name;
  double value;
};

// The name goes in twice, as text and as value; nothing else can say that in C++17.
#define CONSTANT(name) {#name, static_cast<double>(name)}

constexpr Constant kConstants[] = {
#include "../constants/socket.inc"
};

#undef CONSTANT

}  // namespace

void AddSocketConstants(Napi::Object object) {
  for (const Constant& constant : kConstants) {
    SetProperty(object, constant.name, Napi::Number::New(object.Env(), constant.value));
  }
}

}  // namespace fdselect::binding
