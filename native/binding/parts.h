// Lists of buffers, as readv(2), writev(2), sendmsg(2) and recvmsg(2) take them.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>

#include "arguments.h"

namespace fdselect::binding {

/// The buffers of a list. SAFETY: as of Bytes. The list is an array that lib/ has made, so reading
/// it runs no JavaScript that could shrink one of them afterwards.
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

  /// Leaves out the first `size` bytes; whether there are any more.
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
