// Which thread closes a file descriptor when it ends (POSIX).
#include "fd_owner.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>

#include "io.h"

namespace fdselect::sys {

namespace {

struct Owned {
  const FdOwner* owner;
  dev_t device;
  ino_t inode;
};

struct Table {
  std::mutex mutex;
  std::map<int, Owned> fds;
  std::atomic<bool> is_used{false};  // whether it ever held anything: a program without workers
};  // never takes the lock

// Process-wide, as fd numbers are. Never destroyed: workers may end while the process does.
Table& TheTable() {
  static auto* const table = new Table();
  return *table;
}

bool IsSame(int fd, const Owned& owned) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && status.st_dev == owned.device && status.st_ino == owned.inode;
}

}  // namespace

FdOwner::~FdOwner() {
  if (!is_owner_) return;
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  for (auto entry = table.fds.begin(); entry != table.fds.end();) {
    const auto& [fd, owned] = *entry;
    if (owned.owner != this) {
      ++entry;
      continue;
    }
    if (IsSame(fd, owned)) Close(fd);
    entry = table.fds.erase(entry);
  }
}

int FdOwner::Add(int result) {
  if (result <= STDERR_FILENO) return result;
  if (!is_owner_) {
    Remove(result);
    return result;
  }
  struct stat status{};
  if (::fstat(result, &status) < 0) return result;
  Table& table = TheTable();
  const std::lock_guard<std::mutex> lock(table.mutex);
  table.is_used.store(true);
  table.fds.insert_or_assign(result, Owned{this, status.st_dev, status.st_ino});
  return result;
}

void FdOwner::Add(const std::array<int, 2>& fds) {
  for (const int fd : fds) Add(fd);
}

void FdOwner::Remove(int fd) {
  Table& table = TheTable();
  if (!table.is_used.load()) return;
  const std::lock_guard<std::mutex> lock(table.mutex);
  table.fds.erase(fd);
}

}  // namespace fdselect::sys
