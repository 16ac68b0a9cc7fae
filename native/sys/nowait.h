// Reads and writes that do not block on an fd whose O_NONBLOCK is clear (POSIX; better on Linux).
// The flag is not set: it belongs to the open file, which a shell or another process may share.
#pragma once

#include <sys/uio.h>

namespace fdselect::sys {

/// Reads once, as readv(2), or returns -EAGAIN if that would block.
///
/// The way depends on the file. Sockets: MSG_DONTWAIT. Pipes, eventfds and timerfds: RWF_NOWAIT.
/// FIFOs and terminals: opened again through /proc, with O_NONBLOCK, for this one call. Regular
/// files do not block. All others, and those above if /proc is missing or forbidden: read when
/// poll(2) says that they are ready; such a read may block if another reader takes the bytes first.
int ReadNoWait(int fd, const iovec* parts, int count);

/// Writes once, as writev(2), perhaps a part, or returns -EAGAIN. It uses the ways of ReadNoWait();
/// if only poll(2) remains, it writes at most what fits when the file is writable: PIPE_BUF bytes
/// to a FIFO, one byte at a time to the controlling side of a pseudo-terminal.
int WriteNoWait(int fd, const iovec* parts, int count);

}  // namespace fdselect::sys
