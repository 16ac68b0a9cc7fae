// More calls on file descriptors (POSIX; where Linux is said, -ENOSYS elsewhere).
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace fdselect::sys {

/// pipe2(2) with these flags and O_CLOEXEC.
int Pipe2(int flags, std::array<int, 2>& fds);

/// 1: child processes inherit it; 0: not.
int GetInheritable(int fd);
int SetInheritable(int fd, bool inheritable);

/// lseek(2); `position` is the new one.
int Seek(int fd, std::int64_t offset, int whence, std::int64_t& position);

int ReadVector(int fd, const iovec* parts, int count);
int WriteVector(int fd, const iovec* parts, int count);

/// sendfile(2), Linux. `offset` may be null: then it is the file's own, which moves.
int SendFile(int out, int in, off_t* offset, std::size_t count);

/// splice(2), Linux.
int Splice(int in, off_t* in_offset, int out, off_t* out_offset, std::size_t count, unsigned flags);

/// SPLICE_F_NONBLOCK; 0 where there is no such flag.
unsigned SpliceNonblock();

int MakeFifo(const char* path, unsigned mode);

/// The mode of fstat(2), with the type of the file.
int FileMode(int fd);

/// memfd_create(2) with these flags and MFD_CLOEXEC, Linux.
int MemoryFile(const char* name, unsigned flags);

}  // namespace fdselect::sys
