// Pipes, duplicates and flags of file descriptors: pipe(2), dup(2), fcntl(2) (POSIX).
#pragma once

#include <array>
#include <cstddef>

namespace fdselect::sys {

/// fds[0] is the reading end, fds[1] the writing end.
int Pipe(std::array<int, 2>& fds);

int Dup(int fd);

/// Makes `target` a duplicate of `fd`; like Python's, the duplicate is inheritable.
int Dup2(int fd, int target);

int SetBlocking(int fd, bool blocking);

/// 1: blocking, 0: not.
int GetBlocking(int fd);

int SetCloseOnExec(int fd);

/// The flags are those of open(2); close-on-exec is added.
int Open(const char* path, int flags, unsigned mode);

int Read(int fd, void* buffer, std::size_t size);

int Write(int fd, const void* data, std::size_t size);

/// Not repeated after EINTR: Linux has closed the fd, and the number may already be in use again.
int Close(int fd);

}  // namespace fdselect::sys
