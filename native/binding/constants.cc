// The constants of the system's headers; a value is never written down here.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

#include <climits>

#include "addon.h"
#include "values.h"

namespace fdselect::binding {

namespace {

struct Constant {
  const char* name;
  double value;
};

// The name goes in twice, as text and as value; nothing else can say that in C++17.
#define CONSTANT(name) {#name, static_cast<double>(name)}

constexpr Constant kConstants[] = {
    CONSTANT(POLLIN),       CONSTANT(POLLPRI),        CONSTANT(POLLOUT),
    CONSTANT(POLLERR),      CONSTANT(POLLHUP),        CONSTANT(POLLNVAL),
    CONSTANT(AF_UNSPEC),    CONSTANT(AF_UNIX),        CONSTANT(AF_INET),
    CONSTANT(AF_INET6),     CONSTANT(SOCK_STREAM),    CONSTANT(SOCK_DGRAM),
    CONSTANT(SOCK_RAW),     CONSTANT(SOCK_SEQPACKET), CONSTANT(SOL_SOCKET),
    CONSTANT(SO_REUSEADDR), CONSTANT(SO_TYPE),        CONSTANT(SO_ERROR),
    CONSTANT(SO_DONTROUTE), CONSTANT(SO_BROADCAST),   CONSTANT(SO_SNDBUF),
    CONSTANT(SO_RCVBUF),    CONSTANT(SO_KEEPALIVE),   CONSTANT(SO_OOBINLINE),
    CONSTANT(SO_LINGER),    CONSTANT(SO_RCVLOWAT),    CONSTANT(SO_SNDLOWAT),
    CONSTANT(SO_RCVTIMEO),  CONSTANT(SO_SNDTIMEO),    CONSTANT(SO_ACCEPTCONN),
    CONSTANT(IPPROTO_IP),   CONSTANT(IPPROTO_ICMP),   CONSTANT(IPPROTO_TCP),
    CONSTANT(IPPROTO_UDP),  CONSTANT(IPPROTO_IPV6),   CONSTANT(IPPROTO_ICMPV6),
    CONSTANT(IPPROTO_RAW),  CONSTANT(IPV6_V6ONLY),    CONSTANT(IP_TTL),
    CONSTANT(IP_TOS),       CONSTANT(TCP_NODELAY),    CONSTANT(TCP_MAXSEG),
    CONSTANT(MSG_OOB),      CONSTANT(MSG_PEEK),       CONSTANT(MSG_DONTROUTE),
    CONSTANT(MSG_TRUNC),    CONSTANT(MSG_CTRUNC),     CONSTANT(MSG_DONTWAIT),
    CONSTANT(MSG_WAITALL),  CONSTANT(SHUT_RD),        CONSTANT(SHUT_WR),
    CONSTANT(SHUT_RDWR),    CONSTANT(SOMAXCONN),
};

// What not every system has.
constexpr Constant kOptionalConstants[] = {
#ifdef AF_NETLINK
    CONSTANT(AF_NETLINK),
#endif
#ifdef AF_PACKET
    CONSTANT(AF_PACKET),
#endif
#ifdef AF_VSOCK
    CONSTANT(AF_VSOCK),
#endif
#ifdef AF_CAN
    CONSTANT(AF_CAN),
#endif
#ifdef POLLRDNORM
    CONSTANT(POLLRDNORM),
#endif
#ifdef POLLRDBAND
    CONSTANT(POLLRDBAND),
#endif
#ifdef POLLWRNORM
    CONSTANT(POLLWRNORM),
#endif
#ifdef POLLWRBAND
    CONSTANT(POLLWRBAND),
#endif
#ifdef POLLMSG
    CONSTANT(POLLMSG),
#endif
#ifdef POLLRDHUP
    CONSTANT(POLLRDHUP),
#endif
#ifdef __linux__
    CONSTANT(EPOLLIN),          CONSTANT(EPOLLPRI),      CONSTANT(EPOLLOUT),
    CONSTANT(EPOLLERR),         CONSTANT(EPOLLHUP),      CONSTANT(EPOLLRDHUP),
    CONSTANT(EPOLLRDNORM),      CONSTANT(EPOLLRDBAND),   CONSTANT(EPOLLWRNORM),
    CONSTANT(EPOLLWRBAND),      CONSTANT(EPOLLMSG),      CONSTANT(EPOLLONESHOT),
    CONSTANT(EPOLLET),          CONSTANT(EPOLL_CLOEXEC),
#ifdef EPOLLEXCLUSIVE
    CONSTANT(EPOLLEXCLUSIVE),
#endif
#ifdef EPOLLWAKEUP
    CONSTANT(EPOLLWAKEUP),
#endif
#endif
#ifdef PIPE_BUF
    CONSTANT(PIPE_BUF),
#endif
#ifdef SOCK_NONBLOCK
    CONSTANT(SOCK_NONBLOCK),
#endif
#ifdef SOCK_CLOEXEC
    CONSTANT(SOCK_CLOEXEC),
#endif
#ifdef SO_REUSEPORT
    CONSTANT(SO_REUSEPORT),
#endif
#ifdef SO_DOMAIN
    CONSTANT(SO_DOMAIN),
#endif
#ifdef SO_PROTOCOL
    CONSTANT(SO_PROTOCOL),
#endif
#ifdef SO_PEERCRED
    CONSTANT(SO_PEERCRED),
#endif
#ifdef SO_INCOMING_CPU
    CONSTANT(SO_INCOMING_CPU),
#endif
#ifdef SO_NOSIGPIPE
    CONSTANT(SO_NOSIGPIPE),
#endif
#ifdef TCP_CORK
    CONSTANT(TCP_CORK),
#endif
#ifdef TCP_KEEPIDLE
    CONSTANT(TCP_KEEPIDLE),
#endif
#ifdef TCP_KEEPINTVL
    CONSTANT(TCP_KEEPINTVL),
#endif
#ifdef TCP_KEEPCNT
    CONSTANT(TCP_KEEPCNT),
#endif
#ifdef TCP_USER_TIMEOUT
    CONSTANT(TCP_USER_TIMEOUT),
#endif
#ifdef TCP_DEFER_ACCEPT
    CONSTANT(TCP_DEFER_ACCEPT),
#endif
#ifdef TCP_QUICKACK
    CONSTANT(TCP_QUICKACK),
#endif
#ifdef TCP_FASTOPEN
    CONSTANT(TCP_FASTOPEN),
#endif
#ifdef TCP_LINGER2
    CONSTANT(TCP_LINGER2),
#endif
#ifdef TCP_SYNCNT
    CONSTANT(TCP_SYNCNT),
#endif
#ifdef TCP_INFO
    CONSTANT(TCP_INFO),
#endif
#ifdef MSG_NOSIGNAL
    CONSTANT(MSG_NOSIGNAL),
#endif
#ifdef MSG_MORE
    CONSTANT(MSG_MORE),
#endif
#ifdef MSG_EOR
    CONSTANT(MSG_EOR),
#endif
#ifdef MSG_ERRQUEUE
    CONSTANT(MSG_ERRQUEUE),
#endif
#ifdef MSG_CMSG_CLOEXEC
    CONSTANT(MSG_CMSG_CLOEXEC),
#endif
};

#undef CONSTANT

template <std::size_t size>
void Add(Napi::Object object, const Constant (&constants)[size]) {
  for (const Constant& constant : constants) {
    SetProperty(object, constant.name, Napi::Number::New(object.Env(), constant.value));
  }
}

}  // namespace

void ExportConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  Add(constants, kConstants);
  Add(constants, kOptionalConstants);
  SetProperty(exports, "constants", constants);
}

}  // namespace fdselect::binding
