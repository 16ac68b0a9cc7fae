// The constants of poll(2) and epoll(7), with the values of the system's headers.
#include <poll.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

#include <climits>

#include "addon.h"
#include "constant.h"

namespace fdselect::binding {

namespace {

constexpr Constant kConstants[] = {
    CONSTANT(POLLIN),  CONSTANT(POLLPRI), CONSTANT(POLLOUT),
    CONSTANT(POLLERR), CONSTANT(POLLHUP), CONSTANT(POLLNVAL),
};

// Constants that some systems lack.
constexpr Constant kOptionalConstants[] = {
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
    CONSTANT(EPOLLIN),        CONSTANT(EPOLLPRI),      CONSTANT(EPOLLOUT),
    CONSTANT(EPOLLERR),       CONSTANT(EPOLLHUP),      CONSTANT(EPOLLRDHUP),
    CONSTANT(EPOLLRDNORM),    CONSTANT(EPOLLRDBAND),   CONSTANT(EPOLLWRNORM),
    CONSTANT(EPOLLWRBAND),    CONSTANT(EPOLLMSG),      CONSTANT(EPOLLONESHOT),
    CONSTANT(EPOLLET),        CONSTANT(EPOLL_CLOEXEC),
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
};

}  // namespace

void ExportConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  AddConstants(constants, kConstants);
  AddConstants(constants, kOptionalConstants);
  SetProperty(exports, "constants", constants);
}

}  // namespace fdselect::binding
