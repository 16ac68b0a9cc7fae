// The constants of poll(2) and epoll(7), from the system's headers; a value is never written down
// here.
#include <poll.h>
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
    CONSTANT(POLLIN),  CONSTANT(POLLPRI), CONSTANT(POLLOUT),
    CONSTANT(POLLERR), CONSTANT(POLLHUP), CONSTANT(POLLNVAL),
};

// What not every system has.
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
