// select(2) without the limit of FD_SETSIZE (POSIX).
#pragma once

#include <sys/select.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "array.h"

namespace fdselect::sys {

/// What select() watches one list of fds for, in the order of its arguments.
enum SetKind : std::uint8_t { kRead, kWrite, kExcept, kSetKinds };

/// A list of fds, all >= 0; the same one may occur more than once.
struct FdList {
  const std::int32_t* fds;
  std::size_t count;
};

using FdLists = std::array<FdList, kSetKinds>;

/// Three fd sets that are as large as the highest fd needs: 1024 is the limit of the C type
/// fd_set, not of the kernel. A list that is the same as in the call before is not turned into a
/// set again, as a C program keeps a master set and copies it.
class Selector {
 public:
  /// Waits at most `timeout_us` microseconds (negative: for ever) until an fd of `lists` is
  /// ready. Returns how many bits are set; -EBADF for a closed fd, whatever its number.
  ///
  /// `extra_fd`, unless it is -1, is watched for reading besides, in a wait that may block: where
  /// it is ready, `is_extra_ready` becomes true, and it is not counted. `restarts` is as in
  /// WaitedFor; kNotAsked where the answer did not need the kernel's select().
  int Select(const FdLists& lists, std::int64_t timeout_us, int extra_fd, bool& is_extra_ready,
             std::int32_t& restarts);

  static constexpr std::int32_t kNotAsked = -1;

  /// Writes the positions of the fds that Select() found ready in the list of that kind to
  /// `ready`; returns how many. Only after Select() returned > 0: else the sets hold no answer.
  std::size_t CollectReady(SetKind kind, std::int32_t* ready) const;

 private:
  using Word = unsigned long;  // what the kernel's fd sets are made of

  /// One of select()'s three arguments.
  struct Set {
    Array<std::int32_t> fds;  // the list that it was made from
    int highest = -1;
    Array<Word> wanted;
    Array<Word> answer;  // what the kernel gets, and overwrites; at least as long

    bool WasMadeFrom(const FdList& list) const;
    bool Make(const FdList& list, int highest_of_list);
    fd_set* Argument(int extra_fd = -1);
    bool Has(int fd) const;  // after the call
  };

  int Prepare(const FdLists& lists);
  bool IsInTable(std::int64_t highest);

  std::array<Set, kSetKinds> sets_;
  // The process's fd table holds at least this many fds; the kernel never makes it smaller, and
  // its first table has one word of bits.
  int known_table_size_ = 8 * static_cast<int>(sizeof(Word));
};

}  // namespace fdselect::sys
