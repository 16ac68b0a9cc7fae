// Reports changes of files and directories by a readable fd: inotify(7) (Linux).
#include "inotify.h"

#include "result.h"

#ifdef __linux__
#include <sys/inotify.h>
#endif

namespace fdselect::sys {

#ifdef __linux__

int InotifyInit(int flags) {
  return Once([&] { return ::inotify_init1(flags | IN_CLOEXEC); });
}

int InotifyAddWatch(int fd, const char* path, std::uint32_t mask) {
  return Retried([&] { return ::inotify_add_watch(fd, path, mask); });
}

int InotifyRemoveWatch(int fd, int watch) {
  return Once([&] { return ::inotify_rm_watch(fd, watch); });
}

#else

int InotifyInit(int /*flags*/) { return -ENOSYS; }
int InotifyAddWatch(int /*fd*/, const char* /*path*/, std::uint32_t /*mask*/) { return -ENOSYS; }
int InotifyRemoveWatch(int /*fd*/, int /*watch*/) { return -ENOSYS; }

#endif

}  // namespace fdselect::sys
