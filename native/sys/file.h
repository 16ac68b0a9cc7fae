// Calls on files by fd: pipe2(2), lseek(2), readv(2), sendfile(2), splice(2), memfd_create(2) and
// others (POSIX). Those marked Linux return -ENOSYS elsewhere.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace fdselect::sys {

/// pipe2(2); O_CLOEXEC is added to `flags`.
int Pipe2(int flags, std::array<int, 2>& fds);

/// 1: child processes inherit the fd; 0: FD_CLOEXEC is set.
int GetInheritable(int fd);
int SetInheritable(int fd, bool inheritable);

/// lseek(2); returns 0 or -errno, and `position` becomes the new position.
int Seek(int fd, std::int64_t offset, int whence, std::int64_t& position);

int ReadVector(int fd, const iovec* parts, int count);
int WriteVector(int fd, const iovec* parts, int count);

/// sendfile(2), Linux. If `offset` is null, the file's own position is used and advanced.
int SendFile(int out, int in, off_t* offset, std::size_t count);

/// splice(2), Linux.
int Splice(int in, off_t* in_offset, int out, off_t* out_offset, std::size_t count, unsigned flags);

/// The value of SPLICE_F_NONBLOCK; 0 if the platform has no such flag.
unsigned SpliceNonblock();

int MakeFifo(const char* path, unsigned mode);

/// st_mode of fstat(2): the type of the file and its permissions.
int FileMode(int fd);

/// memfd_create(2), Linux; MFD_CLOEXEC is added to `flags`.
int MemoryFile(const char* name, unsigned flags);

}  // namespace fdselect::sys
