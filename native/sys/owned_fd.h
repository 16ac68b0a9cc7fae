// Owns a file descriptor and closes it (POSIX).
#pragma once

#include <utility>

#include "io.h"

namespace fdselect::sys {

/// Owns one fd, or none. Moving it moves the ownership; the destructor closes the fd.
///
///   OwnedFd fd(EpollCreate());
///   if (!fd) return fd.error();
class OwnedFd {
 public:
  OwnedFd() = default;

  /// `result` is what a function of native/sys returned: an fd, or -errno.
  explicit OwnedFd(int result) : result_(result) {}

  ~OwnedFd() { Reset(); }

  OwnedFd(OwnedFd&& other) noexcept : result_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }

  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;

  explicit operator bool() const { return result_ >= 0; }

  /// The fd; negative if this object owns none.
  int get() const { return result_; }

  /// The -errno that the constructor got instead of an fd.
  int error() const { return result_; }

  /// Gives the fd away: the caller closes it.
  int Release() { return std::exchange(result_, kNone); }

  /// Closes the fd and takes another one. An error of close(2) is ignored: the fd is gone then too.
  void Reset(int result = kNone) {
    if (result_ >= 0) Close(result_);
    result_ = result;
  }

 private:
  static constexpr int kNone = -1;

  int result_ = kNone;
};

}  // namespace fdselect::sys
