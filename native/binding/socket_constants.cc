// The constants of sockets, with the values of the system's headers. The lists are
// native/constants/socket.txt, and socket-core.txt for those that the package uses itself.
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

// Missing in the oldest kernel headers that this is built with, or in small systems.
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
#include "constant.h"

namespace fdselect::binding {

namespace {

constexpr Constant kConstants[] = {
#include "../constants/socket.inc"
};

constexpr Constant kCoreConstants[] = {
#include "../constants/socket-core.inc"
};

}  // namespace

void AddSocketConstants(Napi::Object object) { AddConstants(object, kConstants); }

void AddSocketCoreConstants(Napi::Object object) { AddConstants(object, kCoreConstants); }

}  // namespace fdselect::binding
