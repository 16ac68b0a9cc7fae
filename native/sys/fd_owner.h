// Closes the fds that a worker thread has opened when the worker ends (POSIX).
#pragma once

#include <array>

namespace fdselect::sys {

/// The fds that one thread has opened and not closed; the destructor closes them. The main thread
/// owns none: its fds are closed when the process exits.
///
/// Fd numbers belong to the process, and so does the table behind this class. A number has at most
/// one owner: the thread that opened it or took it over last. A number may also be closed and
/// opened again by other code. Then its former owner must not close it: the table records a new
/// owner if this package opened it, and otherwise the device and inode number differ. (All epoll
/// sets, eventfds and the like share one inode: for these the number alone decides.)
///
/// Thread: the owner's; different owners may be used at the same time.
class FdOwner {
 public:
  FdOwner() = default;
  ~FdOwner();

  FdOwner(const FdOwner&) = delete;
  FdOwner& operator=(const FdOwner&) = delete;

  /// From now on Add() records the fds as this owner's. Before, it only removes their former owner.
  void Begin() { is_owner_ = true; }

  /// Call it with the result of each call that opens an fd, and with an fd that is taken over.
  /// Returns `result`. Ignores errors, and the standard streams, which belong to the process.
  int Add(int result);
  void Add(const std::array<int, 2>& fds);

  /// Call it before an fd is closed, and when it is given away.
  static void Remove(int fd);

 private:
  bool is_owner_ = false;
};

}  // namespace fdselect::sys
