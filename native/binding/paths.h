// Paths as arguments: bytes that JavaScript gives.
#pragma once

#include <array>
#include <climits>
#include <cstring>

#include "arguments.h"

namespace fdselect::binding {

/// A path of at most PATH_MAX bytes with its NUL; it needs no allocation that could fail.
class Path {
 public:
  Path(Arguments& arguments, std::size_t index) {
    const Bytes bytes = arguments.BytesAt(index, "path");
    fits_ = bytes.size < text_.size();
    if (fits_ && bytes.size > 0) std::memcpy(text_.data(), bytes.data, bytes.size);
  }

  /// False: the path is longer than the kernel accepts, which is ENAMETOOLONG.
  bool fits() const { return fits_; }
  const char* text() const { return text_.data(); }

 private:
  std::array<char, PATH_MAX> text_{};
  bool fits_ = false;
};

}  // namespace fdselect::binding
