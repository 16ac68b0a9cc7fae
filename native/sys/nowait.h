// Reads and writes that never block, although O_NONBLOCK is clear and stays so (POSIX; better on
// Linux): the flag belongs to the open file, which a shell or another process may share.
#pragma once

#include <sys/uio.h>

namespace fdselect::sys {

/// Reads once, as readv(2), or returns -EAGAIN where that would block.
///
/// How it never blocks depends on the file. A socket takes MSG_DONTWAIT; a pipe, an eventfd and a
/// timerfd take RWF_NOWAIT; a FIFO and a terminal are opened a second time through /proc for the
/// one call, with O_NONBLOCK. Regular files do not block. All others, and those above where /proc
/// is missing or does not allow it, are read when poll(2) says that they are ready: such a read may
/// block if another reader takes the bytes in between.
int ReadNoWait(int fd, const iovec* parts, int count);

/// Writes once, as writev(2), perhaps a part, or returns -EAGAIN. The same ways as ReadNoWait();
/// where only poll(2) is left it writes no more than what the kernel takes at once then: PIPE_BUF
/// bytes to a FIFO, one byte to the controlling side of a pseudo-terminal.
int WriteNoWait(int fd, const iovec* parts, int count);

}  // namespace fdselect::sys
