// A library for LD_PRELOAD: makes single system calls of the addon fail, or transfer only a part.
//
// FDSELECT_FAULTS names a file that holds one rule (struct Rule), which a test changes while the
// program runs. Calls that Node itself makes are left alone.
//
// FDSELECT_SNDBUF is the SO_SNDBUF of accepted sockets: with little in the kernel's buffers, a test
// soon fills those of the program.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace {

// The order of CALLS in faults.ts.
enum Call {
  kNone,
  kAccept,
  kRecv,
  kSend,
  kEpollCtl,
  kPoll,
  kSelect,
  kEpollWait,
  kGetsockname,
  kGetpeername,
  kGetsockopt,
  kSetsockopt,
  kShutdown,
  kClose
};

struct Rule {
  int call;
  int error;  // > 0: the errno to fail with; < 0: transfer at most so many bytes
  int op;     // of epoll_ctl; 0: any
  int times;  // calls that are still to fail; -1: all
  int hits;   // calls that have failed
};

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

Rule* rule() {
  static Rule* const mapped = [] {
    static Rule none = {};
    const char* path = getenv("FDSELECT_FAULTS");
    const int fd = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return &none;
    void* memory = mmap(nullptr, sizeof(Rule), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    real<decltype(&close)>("close")(fd);  // close() is ours, and would look up the rule again
    return memory == MAP_FAILED ? &none : static_cast<Rule*>(memory);
  }();
  return mapped;
}

bool is_addon(void* caller) {
  Dl_info info;
  return dladdr(caller, &info) != 0 && strstr(info.dli_fname, "fdselect.node") != nullptr;
}

// The errno with which this call must fail, or the negative length to which it is cut; 0 for
// neither.
int fault(Call call, void* caller, int op = 0) {
  Rule* r = rule();
  if (__atomic_load_n(&r->call, __ATOMIC_ACQUIRE) != call || (r->op != 0 && r->op != op)) return 0;
  if (!is_addon(caller)) return 0;
  int left = __atomic_load_n(&r->times, __ATOMIC_RELAXED);
  do {
    if (left == 0) return 0;
  } while (left > 0 && !__atomic_compare_exchange_n(&r->times, &left, left - 1, false,
                                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  __atomic_add_fetch(&r->hits, 1, __ATOMIC_RELAXED);
  return r->error;
}

int failed(int error) {
  errno = error;
  return -1;
}

// Whether accept(2) leaves the connection in the queue when it fails like that.
bool leaves_queued(int error) {
  for (const int one :
       {EAGAIN, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EBADF, EFAULT, EINVAL, ENOTSOCK}) {
    if (one == error) return true;
  }
  return false;
}

// An accepted socket, or -1.
int with_small_buffer(int fd) {
  const char* size = getenv("FDSELECT_SNDBUF");
  if (fd >= 0 && size != nullptr) {
    const int bytes = atoi(size);
    real<decltype(&setsockopt)>("setsockopt")(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  return fd;
}

size_t shortened(size_t size, int error) {
  return error < 0 ? std::min(size, static_cast<size_t>(-error)) : size;
}

}  // namespace

#define REAL(name) real<decltype(&name)>(#name)
#define CALLER __builtin_return_address(0)
#define FAIL_OR(call, name, ...)         \
  const int error = fault(call, CALLER); \
  return error > 0 ? failed(error) : REAL(name)(__VA_ARGS__)

extern "C" {

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  const int error = fault(kAccept, CALLER);
  if (error <= 0) return with_small_buffer(REAL(accept4)(fd, address, size, flags));
  if (!leaves_queued(error)) {
    const int newcomer = REAL(accept4)(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (newcomer >= 0) REAL(close)(newcomer);
  }
  return failed(error);
}

ssize_t recv(int fd, void* data, size_t size, int flags) {
  const int error = fault(kRecv, CALLER);
  return error > 0 ? failed(error) : REAL(recv)(fd, data, shortened(size, error), flags);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  const int error = fault(kSend, CALLER);
  return error > 0 ? failed(error) : REAL(send)(fd, data, shortened(size, error), flags);
}

int epoll_ctl(int set, int op, int fd, epoll_event* event) noexcept {
  const int error = fault(kEpollCtl, CALLER, op);
  return error > 0 ? failed(error) : REAL(epoll_ctl)(set, op, fd, event);
}

int poll(pollfd* fds, nfds_t count, int timeout) { FAIL_OR(kPoll, poll, fds, count, timeout); }

int select(int count, fd_set* r, fd_set* w, fd_set* x, timeval* timeout) {
  FAIL_OR(kSelect, select, count, r, w, x, timeout);
}

int epoll_wait(int set, epoll_event* events, int room, int timeout) {
  FAIL_OR(kEpollWait, epoll_wait, set, events, room, timeout);
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  FAIL_OR(kGetsockname, getsockname, fd, address, size);
}

int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  FAIL_OR(kGetpeername, getpeername, fd, address, size);
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
  FAIL_OR(kGetsockopt, getsockopt, fd, level, name, value, size);
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  FAIL_OR(kSetsockopt, setsockopt, fd, level, name, value, size);
}

int shutdown(int fd, int how) noexcept { FAIL_OR(kShutdown, shutdown, fd, how); }

// On Linux the fd is closed even if close(2) fails.
int close(int fd) {
  const int error = fault(kClose, CALLER);
  const int result = REAL(close)(fd);
  return error > 0 ? failed(error) : result;
}

}  // extern "C"
