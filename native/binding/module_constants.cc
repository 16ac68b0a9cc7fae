// The constants of fdselect/os, fcntl, termios and inotify, and the numbers of errors. A module
// asks for its own, so that the others load as quickly as without them. The lists are in
// native/constants.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/memfd.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK  // its value in linux/pidfd.h, which conflicts with fcntl.h
#endif
#endif

#include <cerrno>
#include <ctime>

#include "addon.h"
#include "arguments.h"
#include "constant.h"
#include "old_speeds.h"

namespace fdselect::binding {

namespace {

constexpr Constant kOs[] = {
#include "../constants/os.inc"
};
constexpr Constant kFcntl[] = {
#include "../constants/fcntl.inc"
};
constexpr Constant kTermios[] = {
#include "../constants/termios.inc"
};
#ifdef __linux__
constexpr Constant kInotify[] = {
#include "../constants/inotify.inc"
};
#endif

// The errors that lib/ compares with or makes itself; `Errno` in lib/native/contract.ts is the same
// list. node:os has their numbers too, but takes longer to load than all of these.
constexpr Constant kErrno[] = {
    CONSTANT(EADDRNOTAVAIL), CONSTANT(EAGAIN),       CONSTANT(EALREADY),   CONSTANT(EBADF),
    CONSTANT(ECONNABORTED),  CONSTANT(ECONNREFUSED), CONSTANT(ECONNRESET), CONSTANT(EINPROGRESS),
    CONSTANT(EINTR),         CONSTANT(EINVAL),       CONSTANT(EISCONN),    CONSTANT(EISDIR),
    CONSTANT(EMSGSIZE),      CONSTANT(ENOBUFS),      CONSTANT(ENOSYS),     CONSTANT(ENOTSOCK),
    CONSTANT(ETIMEDOUT),     CONSTANT(EWOULDBLOCK),
};

// moduleConstants(module): returns an object of names and values; `module` is 'socket',
// 'socket-core', 'os', 'fcntl', 'termios', 'inotify' or 'errno'.
Napi::Value ModuleConstants(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string group = arguments.Text(0, "module");
  if (arguments.Failed()) return {};
  Napi::Object constants = Napi::Object::New(info.Env());
  if (group == "socket") AddSocketConstants(constants);
  if (group == "socket-core") AddSocketCoreConstants(constants);
  if (group == "errno") AddConstants(constants, kErrno);
  if (group == "os") AddConstants(constants, kOs);
  if (group == "fcntl") AddConstants(constants, kFcntl);
  if (group == "termios") AddConstants(constants, kTermios);
#ifdef __linux__
  if (group == "inotify") AddConstants(constants, kInotify);
#endif
  return constants;
}

}  // namespace

void ExportModuleConstants(Napi::Object exports, Addon* addon) {
  Export<ModuleConstants>(exports, "moduleConstants", addon);
}

}  // namespace fdselect::binding
