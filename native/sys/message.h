// Messages with ancillary data: sendmsg(2), recvmsg(2), cmsg(3) (POSIX).
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <vector>

#include "address.h"
#include "array.h"

namespace fdselect::sys {

/// One control message. `data` belongs to the caller, or lies in the buffer of a ControlBuffer.
struct ControlMessage {
  int level;
  int type;
  const void* data;
  std::size_t size;
};

/// Memory for control messages, aligned as the kernel wants it.
class ControlBuffer {
 public:
  /// Returns 0, or -ENOMEM: no memory, or more than 16 MiB.
  int Reserve(std::size_t size);
  /// Reserves the memory that the messages take and writes them there. -ENOBUFS beyond 16 MiB.
  int Write(const std::vector<ControlMessage>& messages);
  /// The control messages that recvmsg(2) has stored in this buffer; a truncated one is shorter.
  static std::vector<ControlMessage> Read(const msghdr& message);

  void* data() { return memory_.empty() ? nullptr : memory_.data(); }
  std::size_t size() const { return size_; }

 private:
  Array<std::max_align_t> memory_;
  std::size_t size_ = 0;
};

std::size_t ControlLength(std::size_t size);
std::size_t ControlSpace(std::size_t size);

/// Returns how many bytes were sent. `address` may be nullptr.
int SendMessage(int fd, iovec* parts, int count, ControlBuffer& control,
                const SocketAddress* address, int flags);

/// What recvmsg(2) returns beside the bytes.
struct Received {
  SocketAddress sender;
  msghdr header{};
};

/// Returns how many bytes were received. `received.header` describes `control` afterwards.
int ReceiveMessage(int fd, iovec* parts, int count, ControlBuffer& control, int flags,
                   Received& received);

}  // namespace fdselect::sys
