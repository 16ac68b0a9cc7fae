// fcntl(2) and ioctl(2) with any command, and flock(2) (POSIX).
#pragma once

#include <cstdint>

namespace fdselect::sys {

/// Returns 0 or -errno. `value` is the call's own result, which some commands make negative.
int Fcntl(int fd, int command, long argument, int& value);
/// The argument is a structure.
int Fcntl(int fd, int command, void* argument, int& value);

int Ioctl(int fd, unsigned long request, long argument, int& value);
int Ioctl(int fd, unsigned long request, void* argument, int& value);

int Flock(int fd, int operation);

/// A part of a file to lock: the members of struct flock, whose order is not the same everywhere.
struct Record {
  int type;
  std::int64_t start;
  std::int64_t length;
  int whence;
};

/// Locks or unlocks it. `command` is F_SETLK or F_SETLKW.
int Lockf(int fd, int command, const Record& record);

/// The non-blocking form of `command` (F_SETLK for F_SETLKW); `command` itself if it never blocks.
int NonblockingCommand(int command);

/// The value of LOCK_NB.
int FlockNonblock();

}  // namespace fdselect::sys
