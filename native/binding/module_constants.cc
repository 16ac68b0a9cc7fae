// The constants of the modules beyond select: made when a module asks for them, so that
// the others load no slower. The lists are in native/constants.
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
#define PIDFD_NONBLOCK O_NONBLOCK  // as linux/pidfd.h says, which cannot stand beside fcntl.h
#endif
#endif

#include <ctime>

#include "addon.h"
#include "arguments.h"

namespace fdselect::binding {

namespace {

struct Constant {
  const char* name;
  double value;
};

// The name goes in twice, as text and as value; nothing else can say that in C++17.
#define CONSTANT(name) {#name, static_cast<double>(name)}

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

#undef CONSTANT

template <std::size_t size>
void Add(Napi::Object object, const Constant (&constants)[size]) {
  for (const Constant& constant : constants) {
    SetProperty(object, constant.name, Napi::Number::New(object.Env(), constant.value));
  }
}

// moduleConstants('socket', 'os', 'fcntl', 'termios' or 'inotify'): an object of names and values.
Napi::Value ModuleConstants(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string group = arguments.Text(0, "module");
  if (arguments.Failed()) return {};
  Napi::Object constants = Napi::Object::New(info.Env());
  if (group == "socket") AddSocketConstants(constants);
  if (group == "os") Add(constants, kOs);
  if (group == "fcntl") Add(constants, kFcntl);
  if (group == "termios") Add(constants, kTermios);
#ifdef __linux__
  if (group == "inotify") Add(constants, kInotify);
#endif
  return constants;
}

}  // namespace

void ExportModuleConstants(Napi::Object exports, Addon* addon) {
  Export<ModuleConstants>(exports, "moduleConstants", addon);
}

}  // namespace fdselect::binding
