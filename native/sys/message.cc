// Messages with ancillary data: sendmsg(2), recvmsg(2), cmsg(3) (POSIX).
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "result.h"

namespace fdselect::sys {

namespace {

#if defined(MSG_NOSIGNAL) && !defined(FDSELECT_PORTABLE)
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

// More than any kernel takes (net.core.optmem_max is 128 KiB). Checked before memory is allocated.
constexpr std::size_t kMaxControl = 0x1000000;

}  // namespace

std::size_t ControlLength(std::size_t size) { return CMSG_LEN(size); }

std::size_t ControlSpace(std::size_t size) { return CMSG_SPACE(size); }

int ControlBuffer::Reserve(std::size_t size) {
  if (size > kMaxControl) return -ENOMEM;
  constexpr std::size_t kUnit = sizeof(std::max_align_t);
  memory_.Clear();
  if (!memory_.Resize((size + kUnit - 1) / kUnit)) return -ENOMEM;
  size_ = size;
  return 0;
}

int ControlBuffer::Write(const std::vector<ControlMessage>& messages) {
  std::size_t total = 0;
  for (const ControlMessage& message : messages) {
    if (message.size > kMaxControl) return -ENOBUFS;  // the kernel's error for too much
    total += CMSG_SPACE(message.size);
    if (total > kMaxControl) return -ENOBUFS;
  }
  const int reserved = Reserve(total);
  if (reserved < 0) return reserved;
  auto* next = static_cast<char*>(data());
  for (const ControlMessage& message : messages) {
    cmsghdr header{};
    header.cmsg_level = message.level;
    header.cmsg_type = message.type;
    header.cmsg_len = CMSG_LEN(message.size);
    std::memcpy(next, &header, sizeof header);
    if (message.size > 0) std::memcpy(next + CMSG_LEN(0), message.data, message.size);
    next += CMSG_SPACE(message.size);
  }
  return 0;
}

std::vector<ControlMessage> ControlBuffer::Read(const msghdr& message) {
  std::vector<ControlMessage> messages;
  const auto* memory = static_cast<const char*>(message.msg_control);
  const std::size_t end = memory == nullptr ? 0 : message.msg_controllen;
  for (std::size_t begin = 0; begin + sizeof(cmsghdr) <= end;) {
    cmsghdr header{};
    std::memcpy(&header, memory + begin, sizeof header);
    if (header.cmsg_len < CMSG_LEN(0)) break;
    const std::size_t data = begin + CMSG_LEN(0);
    const std::size_t size =
        std::min<std::size_t>(header.cmsg_len - CMSG_LEN(0), data <= end ? end - data : 0);
    messages.push_back({header.cmsg_level, header.cmsg_type, memory + data, size});
    const std::size_t space = CMSG_SPACE(header.cmsg_len - CMSG_LEN(0));
    if (space > end - begin) break;
    begin += space;
  }
  return messages;
}

int SendMessage(int fd, iovec* parts, int count, ControlBuffer& control,
                const SocketAddress* address, int flags) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
  message.msg_control = control.data();
  message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
  if (address != nullptr) {
    message.msg_name = const_cast<sockaddr*>(address->get());
    message.msg_namelen = address->length;
  }
  return Retried([&] { return ::sendmsg(fd, &message, flags | kNoSignal); });
}

int ReceiveMessage(int fd, iovec* parts, int count, ControlBuffer& control, int flags,
                   Received& received) {
  return Retried([&] {
    msghdr& message = received.header;
    message = {};
    message.msg_name = received.sender.get();
    message.msg_namelen = sizeof received.sender.storage;
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
    message.msg_control = control.data();
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
    const ssize_t size = ::recvmsg(fd, &message, flags);
    received.sender.length = message.msg_namelen;
    return size;
  });
}

}  // namespace fdselect::sys
