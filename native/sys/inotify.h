// Changes of files and folders as a readable fd: inotify(7). Linux; -ENOSYS elsewhere.
#pragma once

#include <cstdint>

namespace fdselect::sys {

/// With these flags and close-on-exec.
int InotifyInit(int flags);

/// Returns the watch's number.
int InotifyAddWatch(int fd, const char* path, std::uint32_t mask);

int InotifyRemoveWatch(int fd, int watch);

}  // namespace fdselect::sys
