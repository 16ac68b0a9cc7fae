// select(2) without the limit of FD_SETSIZE (POSIX).
#pragma once

#include <sys/select.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "array.h"

namespace fdselect::sys {

/// The three fd sets of select(2), in the order of its arguments.
enum SetKind : std::uint8_t { kRead, kWrite, kExcept, kSetKinds };

/// A list of fds, all >= 0; the same fd may occur more than once.
struct FdList {
  const std::int32_t* fds;
  std::size_t count;
};

using FdLists = std::array<FdList, kSetKinds>;

/// Three fd sets, as large as the highest fd needs: 1024 is the limit of the C type fd_set, not of
/// the kernel. If a list is the same as in the last call, its set is copied, not made again; a C
/// program keeps a master set for the same reason.
class Selector {
 public:
  /// Waits at most `timeout_us` microseconds (negative: for ever) until an fd of `lists` is
  /// ready. Returns how many bits are set; -EBADF if an fd is closed, also beyond the fd table.
  ///
  /// `extra_fd`, unless it is -1, is also watched for reading in a wait that may block. If it is
  /// ready, `is_extra_ready` becomes true; it is not counted. `restarts`: see WaitedFor() in
  /// deadline.h; kNotAsked if select(2) was not called.
  int Select(const FdLists& lists, std::int64_t timeout_us, int extra_fd, bool& is_extra_ready,
             std::int32_t& restarts);

  static constexpr std::int32_t kNotAsked = -1;

  /// Writes the positions of the ready fds in the list of that kind to `ready`; returns how many.
  /// Only after Select() has returned > 0: otherwise the sets do not hold a result.
  std::size_t CollectReady(SetKind kind, std::int32_t* ready) const;

 private:
  using Word = unsigned long;  // the unit of the kernel's fd sets

  /// One of select()'s three arguments.
  struct Set {
    Array<std::int32_t> fds;  // the list that `wanted` was made from
    int highest = -1;
    Array<Word> wanted;
    Array<Word> answer;  // a copy that the kernel overwrites; at least as long as `wanted`

    bool WasMadeFrom(const FdList& list) const;
    bool Make(const FdList& list, int highest_of_list);
    fd_set* Argument(int extra_fd = -1);
    bool Has(int fd) const;  // after the call
  };

  int Prepare(const FdLists& lists);
  bool IsInTable(std::int64_t highest);

  std::array<Set, kSetKinds> sets_;
  // A lower bound for the size of the process's fd table: one word of bits at first, and the kernel
  // never makes it smaller. See IsInTable().
  int known_table_size_ = 8 * static_cast<int>(sizeof(Word));
};

}  // namespace fdselect::sys
