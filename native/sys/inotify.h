// Reports changes of files and directories by a readable fd: inotify(7). Linux; -ENOSYS elsewhere.
#pragma once

#include <cstdint>

namespace fdselect::sys {

/// inotify_init1(2): returns the fd. IN_CLOEXEC is added to `flags`.
int InotifyInit(int flags);

/// Returns the watch descriptor.
int InotifyAddWatch(int fd, const char* path, std::uint32_t mask);

int InotifyRemoveWatch(int fd, int watch);

}  // namespace fdselect::sys
