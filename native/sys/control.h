// fcntl(2), ioctl(2) and flock(2) with whatever command (POSIX).
#pragma once

namespace fdselect::sys {

/// `value` is what the call returns; some commands return a negative one.
int Fcntl(int fd, int command, long argument, int& value);
/// The argument is a structure.
int Fcntl(int fd, int command, void* argument, int& value);

int Ioctl(int fd, unsigned long request, long argument, int& value);
int Ioctl(int fd, unsigned long request, void* argument, int& value);

int Flock(int fd, int operation);

/// The command that does the same without waiting; the command itself where it never waits.
int NonblockingCommand(int command);

/// LOCK_NB.
int FlockNonblock();

}  // namespace fdselect::sys
