// select(2) without the limit of FD_SETSIZE (POSIX).
#include "select.h"

#include <fcntl.h>

#include <algorithm>
#include <climits>

#include "deadline.h"
#include "result.h"

namespace fdselect::sys {

namespace {

constexpr std::size_t kBitsPerWord = 8 * sizeof(unsigned long);

// As an unsigned number, so that a negative fd counts as a very high one; -1 for no fd at all.
std::int64_t HighestFd(const FdLists& lists) {
  std::int64_t highest = -1;
  for (const FdList& list : lists) {
    for (std::size_t i = 0; i < list.count; ++i) {
      highest = std::max<std::int64_t>(highest, static_cast<std::uint32_t>(list.fds[i]));
    }
  }
  return highest;
}

timeval ToTimeval(std::int64_t microseconds) {
  timeval time{};
  time.tv_sec = static_cast<time_t>(microseconds / 1'000'000);
  time.tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
  return time;
}

}  // namespace

int Selector::Select(const FdLists& lists, std::int64_t timeout_us) {
  const std::int64_t bits = HighestFd(lists) + 1;
  if (bits > INT_MAX) return -EBADF;
  const int nfds = static_cast<int>(bits);
  const int checked = CheckHighest(nfds - 1);
  if (checked < 0) return checked;
  const std::size_t words = (static_cast<std::size_t>(nfds) + kBitsPerWord - 1) / kBitsPerWord;
  const auto deadline = timeout_us > 0
                            ? Deadline::After(timeout_us, Deadline::kNanosecondsPerMicrosecond)
                            : Deadline::Never();
  std::int64_t wait_us = timeout_us;
  for (;;) {
    Fill(lists, words);
    timeval wait = ToTimeval(wait_us < 0 ? 0 : wait_us);
    const int ready = Once([&] {
      return ::select(nfds, SetOrNull(kRead, lists), SetOrNull(kWrite, lists),
                      SetOrNull(kExcept, lists), wait_us < 0 ? nullptr : &wait);
    });
    if (ready != -EINTR) return ready;
    if (deadline.IsNever()) continue;  // or a timeout of 0, which is the same the next time
    if (deadline.HasPassed()) return 0;
    const std::int64_t left = deadline.RemainingNanoseconds();
    wait_us =
        (left + Deadline::kNanosecondsPerMicrosecond - 1) / Deadline::kNanosecondsPerMicrosecond;
  }
}

std::size_t Selector::CollectReady(SetKind kind, const FdList& list, std::int32_t* ready) const {
  const std::vector<Word>& set = sets_[kind];
  std::size_t found = 0;
  for (std::size_t i = 0; i < list.count; ++i) {
    const auto fd = static_cast<std::size_t>(list.fds[i]);
    const bool is_set = (set[fd / kBitsPerWord] >> (fd % kBitsPerWord) & 1) != 0;
    if (is_set) ready[found++] = static_cast<std::int32_t>(i);
  }
  return found;
}

// Linux cuts nfds down to the size of the process's fd table and leaves the bits beyond it as
// they were: a closed fd there is not EBADF but seems ready after the whole timeout. If the
// highest fd is open, the table is larger than all of them, and the kernel checks each.
int Selector::CheckHighest(int highest) {
  if (highest < known_table_size_) return 0;
  const int open = Once([&] { return ::fcntl(highest, F_GETFD); });
  if (open < 0) return open;
  known_table_size_ = highest + 1;
  return 0;
}

// FD_SET is not usable here: with _FORTIFY_SOURCE it aborts the process at fd 1024.
void Selector::Fill(const FdLists& lists, std::size_t words) {
  for (std::size_t kind = 0; kind < kSetKinds; ++kind) {
    const FdList& list = lists[kind];
    if (list.count == 0) continue;
    std::vector<Word>& set = sets_[kind];
    set.assign(words, 0);
    for (std::size_t i = 0; i < list.count; ++i) {
      const auto fd = static_cast<std::size_t>(list.fds[i]);
      set[fd / kBitsPerWord] |= Word{1} << (fd % kBitsPerWord);
    }
  }
}

// An empty set goes to the kernel as NULL, as CPython does it.
fd_set* Selector::SetOrNull(SetKind kind, const FdLists& lists) {
  // The kernel reads and writes nfds bits, which the vector holds; fd_set is only their type.
  return lists[kind].count == 0 ? nullptr : reinterpret_cast<fd_set*>(sets_[kind].data());
}

}  // namespace fdselect::sys
