// Which thread closes a file descriptor when it ends (POSIX).
#pragma once

#include <array>

namespace fdselect::sys {

/// The fds that one thread has opened and not closed; the destructor closes them. The process's
/// main thread has none: its fds go with the process.
///
/// Fd numbers belong to the process, and so does the table behind this: a number has one owner at
/// most, and the last one to open it or to take it over is the owner. So a number that was closed
/// in another way and is open again is not closed by its former owner: if this package has opened
/// it, the table knows; else the file is another one, which the device and inode number tell.
/// (Epoll sets, eventfds and the like have one inode for all of them: there the number alone
/// decides.)
///
/// Thread: that of the owner; different owners may be used at the same time.
class FdOwner {
 public:
  FdOwner() = default;
  ~FdOwner();

  FdOwner(const FdOwner&) = delete;
  FdOwner& operator=(const FdOwner&) = delete;

  /// From now on the owner's new fds are its own. Before that Add() only takes numbers from others.
  void Begin() { is_owner_ = true; }

  /// To be called with the result of a call that has opened an fd, and for an fd that is taken
  /// over. Returns the same result; ignores errors, and the standard streams, which belong to the
  /// process.
  int Add(int result);
  void Add(const std::array<int, 2>& fds);

  /// To be called before an fd is closed, and when it is given away.
  static void Remove(int fd);

 private:
  bool is_owner_ = false;
};

}  // namespace fdselect::sys
