// select(2) without the limit of FD_SETSIZE (POSIX).
#include "select.h"

#include <fcntl.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "deadline.h"
#include "result.h"

namespace fdselect::sys {

namespace {

constexpr std::size_t kBitsPerWord = 8 * sizeof(unsigned long);

std::size_t WordsFor(int highest) {
  return (static_cast<std::size_t>(highest + 1) + kBitsPerWord - 1) / kBitsPerWord;
}

// The highest fd as an unsigned number: a negative fd counts as a very high one.
std::int64_t HighestFd(const FdList& list) {
  std::int64_t highest = -1;
  for (std::size_t i = 0; i < list.count; ++i) {
    highest = std::max<std::int64_t>(highest, static_cast<std::uint32_t>(list.fds[i]));
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

int Selector::Select(const FdLists& lists, std::int64_t timeout_us, int extra_fd,
                     bool& is_extra_ready, std::int32_t& restarts) {
  int highest = Prepare(lists);
  if (highest < -1) {
    restarts = kNotAsked;
    return highest;
  }
  if (timeout_us == 0) extra_fd = -1;
  highest = std::max(highest, extra_fd);
  const std::size_t words = WordsFor(highest);
  for (Set& set : sets_) {
    if (!set.answer.Resize(words)) return -ENOMEM;
  }
  const auto call = [&](std::int64_t left_us) {
    timeval wait = ToTimeval(left_us < 0 ? 0 : left_us);
    fd_set* const readers = sets_[kRead].Argument(extra_fd);
    fd_set* const writers = sets_[kWrite].Argument();
    fd_set* const excepts = sets_[kExcept].Argument();
    return ::select(highest + 1, readers, writers, excepts, left_us < 0 ? nullptr : &wait);
  };
  const int ready = WaitedFor(timeout_us, Deadline::kNanosecondsPerMicrosecond, call, &restarts);
  if (ready <= 0 || extra_fd < 0 || !sets_[kRead].Has(extra_fd)) return ready;
  is_extra_ready = true;
  return ready - 1;
}

std::size_t Selector::CollectReady(SetKind kind, std::int32_t* ready) const {
  const Set& set = sets_[kind];
  std::size_t found = 0;
  for (std::size_t i = 0; i < set.fds.size(); ++i) {
    if (set.Has(set.fds[i])) ready[found++] = static_cast<std::int32_t>(i);
  }
  return found;
}

// Returns the highest fd of all lists; -1 if they are empty; or -EBADF or -ENOMEM (below -1).
int Selector::Prepare(const FdLists& lists) {
  std::array<std::int64_t, kSetKinds> highest_of{};
  std::array<bool, kSetKinds> is_new{};
  std::int64_t highest = -1;
  for (std::size_t kind = 0; kind < kSetKinds; ++kind) {
    is_new[kind] = !sets_[kind].WasMadeFrom(lists[kind]);
    highest_of[kind] = is_new[kind] ? HighestFd(lists[kind]) : sets_[kind].highest;
    highest = std::max(highest, highest_of[kind]);
  }
  // Checked before the sets are made: a number that is not open may be too high for memory.
  if (!IsInTable(highest)) return -EBADF;
  for (std::size_t kind = 0; kind < kSetKinds; ++kind) {
    const int highest_fd = static_cast<int>(highest_of[kind]);
    if (is_new[kind] && !sets_[kind].Make(lists[kind], highest_fd)) return -ENOMEM;
  }
  return static_cast<int>(highest);
}

// Linux limits nfds to the size of the process's fd table and does not change the bits beyond it.
// A closed fd there does not give EBADF, but seems to be ready after the whole timeout. If the
// highest fd is open, the table is larger than all fds of the lists, and the kernel checks each.
bool Selector::IsInTable(std::int64_t highest) {
  if (highest < known_table_size_) return true;
  if (highest > INT_MAX - 1) return false;
  const int fd = static_cast<int>(highest);
  if (Once([&] { return ::fcntl(fd, F_GETFD); }) < 0) return false;
  known_table_size_ = fd + 1;
  return true;
}

bool Selector::Set::WasMadeFrom(const FdList& list) const {
  return list.count == fds.size() &&
         (list.count == 0 || std::memcmp(list.fds, fds.data(), list.count * sizeof(int)) == 0);
}

// FD_SET is not usable here: with _FORTIFY_SOURCE it aborts the process at fd 1024.
bool Selector::Set::Make(const FdList& list, int highest_of_list) {
  fds.Clear();  // if memory runs out below, the next call makes the set again
  wanted.Clear();
  if (!wanted.Resize(WordsFor(highest_of_list)) || !fds.Resize(list.count)) return false;
  highest = highest_of_list;
  std::copy_n(list.fds, list.count, fds.data());
  for (const std::int32_t number : fds) {
    const auto fd = static_cast<std::size_t>(number);
    wanted[fd / kBitsPerWord] |= Word{1} << (fd % kBitsPerWord);
  }
  return true;
}

// An empty set is passed as NULL, as in CPython.
fd_set* Selector::Set::Argument(int extra_fd) {
  if (fds.empty() && extra_fd < 0) return nullptr;
  std::copy(wanted.begin(), wanted.end(), answer.begin());
  std::fill(answer.begin() + wanted.size(), answer.end(), Word{0});
  if (extra_fd >= 0) {
    const auto fd = static_cast<std::size_t>(extra_fd);
    answer[fd / kBitsPerWord] |= Word{1} << (fd % kBitsPerWord);
  }
  // The kernel reads and writes nfds bits, which the array holds; fd_set is only their type.
  return reinterpret_cast<fd_set*>(answer.data());
}

bool Selector::Set::Has(int number) const {
  const auto fd = static_cast<std::size_t>(number);
  return (answer[fd / kBitsPerWord] >> (fd % kBitsPerWord) & 1) != 0;
}

}  // namespace fdselect::sys
