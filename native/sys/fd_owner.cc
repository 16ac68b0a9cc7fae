// Closes the fds that a worker thread has opened when the worker ends (POSIX).
#include "fd_owner.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <new>

#include "array.h"
#include "io.h"
#include "mutex.h"

namespace fdselect::sys {

namespace {

struct Owned {
  int fd = -1;
  const FdOwner* owner = nullptr;  // nullptr: only the program closes it
  dev_t device = 0;
  ino_t inode = 0;
};

struct Table {
  Mutex mutex;
  IntMap<Owned> fds;  // by number; a record is kept and reused when the number is opened again
  // Whether the table ever held a record: a program without workers never takes the lock.
  std::atomic<bool> is_used{false};
};

// Process-wide, as fd numbers are. Never destroyed: workers may end while the process does.
Table& TheTable() {
  static auto* const table = new Table();
  return *table;
}

// Finds or makes the record of a number; nullptr if there is no memory.
Owned* RecordOf(Table& table, int fd) {
  Owned* const found = table.fds.Find(fd);
  if (found != nullptr) return found;
  auto made = std::unique_ptr<Owned>(new (std::nothrow) Owned());
  if (made == nullptr || !table.fds.Insert(fd, made.get())) return nullptr;
  made->fd = fd;
  return made.release();  // kept for ever, as the table is
}

bool IsSame(const Owned& owned) {
  struct stat status{};
  return ::fstat(owned.fd, &status) == 0 && status.st_dev == owned.device &&
         status.st_ino == owned.inode;
}

}  // namespace

FdOwner::~FdOwner() {
  if (!is_owner_) return;
  Table& table = TheTable();
  const Lock lock(table.mutex);
  table.fds.ForEach([this](Owned& owned) {
    if (owned.owner != this) return;
    if (IsSame(owned)) Close(owned.fd);
    owned.owner = nullptr;
  });
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
  const Lock lock(table.mutex);
  table.is_used.store(true);
  Owned* const owned = RecordOf(table, result);
  // Without memory for a record, the fd stays open until the process ends.
  if (owned != nullptr) *owned = {result, this, status.st_dev, status.st_ino};
  return result;
}

void FdOwner::Add(const std::array<int, 2>& fds) {
  for (const int fd : fds) Add(fd);
}

void FdOwner::Remove(int fd) {
  Table& table = TheTable();
  if (!table.is_used.load()) return;
  const Lock lock(table.mutex);
  Owned* const owned = table.fds.Find(fd);
  if (owned != nullptr) owned->owner = nullptr;
}

}  // namespace fdselect::sys
