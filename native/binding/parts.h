// Lists of buffers as arguments, for readv(2), writev(2), sendmsg(2) and recvmsg(2).
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>

#include "arguments.h"

namespace fdselect::binding {

/// The buffers of a list. SAFETY: as Bytes. lib/ has made the array, so reading it runs no getter
/// of a program that could detach or shrink a buffer.
class Parts {
 public:
  Parts(Arguments& arguments, std::size_t index, const char* name) {
    const Napi::Array array = arguments.Array(index, name);
    if (arguments.Failed()) return;
    const std::uint32_t length = array.Length();
    is_too_long_ = length > list_.size();
    if (is_too_long_) return;
    for (std::uint32_t i = 0; i < length; ++i) {
      const Bytes bytes = arguments.BytesOf(GetElement(array, i), name);
      list_[i] = {bytes.data, bytes.size};
    }
    count_ = static_cast<int>(length);
  }

  bool is_too_long() const { return is_too_long_; }
  iovec* list() { return list_.data() + begin_; }
  int count() const { return count_ - begin_; }

  /// Removes the first `size` bytes. Returns whether bytes remain.
  bool Skip(std::size_t size) {
    for (; begin_ < count_; ++begin_) {
      iovec& part = list_[begin_];
      if (size < part.iov_len) {
        part.iov_base = static_cast<char*>(part.iov_base) + size;
        part.iov_len -= size;
        return true;
      }
      size -= part.iov_len;
    }
    return false;
  }

 private:
  std::array<iovec, 1024> list_;  // IOV_MAX
  int begin_ = 0;
  int count_ = 0;
  bool is_too_long_ = false;
};

}  // namespace fdselect::binding
