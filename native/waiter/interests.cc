// The bookkeeping of both waiters: which wait watches which fd, for which events.
#include "interests.h"

#include <memory>
#include <new>

namespace fdselect::waiter {

namespace {

// Makes an object and inserts it into a map; nullptr if there is no memory.
template <class T>
T* MakeIn(sys::IntMap<T>& map, int key) {
  auto made = std::unique_ptr<T>(new (std::nothrow) T());
  if (made == nullptr || !map.Insert(key, made.get())) return nullptr;
  return made.release();  // the map's owner deletes it
}

}  // namespace

Interests::~Interests() {
  waits_.ForEach([](Wait& wait) {
    for (Interest* interest = wait.first; interest != nullptr;) {
      const std::unique_ptr<Interest> owned(interest);
      interest = interest->next_of_wait;
    }
    delete &wait;
  });
  entries_.ForEach([](Entry& entry) { delete &entry; });
}

Wait* Interests::WaitOf(WaitId id) {
  Wait* const found = waits_.Find(id);
  if (found != nullptr) return found;
  Wait* const made = MakeIn(waits_, id);
  if (made != nullptr) made->id = id;
  return made;
}

Entry* Interests::EntryOf(int fd) {
  Entry* const found = entries_.Find(fd);
  if (found != nullptr) return found;
  Entry* const made = MakeIn(entries_, fd);
  if (made != nullptr) made->fd = fd;
  return made;
}

Interest* Interests::Find(const Wait& wait, int fd) const {
  const Entry* const entry = entries_.Find(fd);
  Interest* interest = entry == nullptr ? nullptr : entry->first;
  while (interest != nullptr && interest->wait != &wait) interest = interest->next_of_entry;
  return interest;
}

Interest* Interests::Of(Wait& wait, int fd) {
  Interest* const found = Find(wait, fd);
  if (found != nullptr) return found;
  Entry* const entry = EntryOf(fd);
  if (entry == nullptr) return nullptr;
  auto* const made = new (std::nothrow) Interest();
  if (made == nullptr) return nullptr;
  made->wait = &wait;
  made->entry = entry;
  made->next_of_wait = wait.first;
  if (wait.first != nullptr) wait.first->previous_of_wait = made;
  wait.first = made;
  ++wait.size;
  made->next_of_entry = entry->first;
  entry->first = made;
  return made;
}

void Interests::Remove(Interest* interest) {
  const std::unique_ptr<Interest> owned(interest);
  Wait& wait = *interest->wait;
  Interest* const previous = interest->previous_of_wait;
  (previous == nullptr ? wait.first : previous->next_of_wait) = interest->next_of_wait;
  if (interest->next_of_wait != nullptr) interest->next_of_wait->previous_of_wait = previous;
  --wait.size;
  Interest** link = &interest->entry->first;
  while (*link != interest) link = &(*link)->next_of_entry;
  *link = interest->next_of_entry;
}

void Interests::RemoveWait(Wait* wait) {
  const std::unique_ptr<Wait> owned(wait);
  while (wait->first != nullptr) Remove(wait->first);
  waits_.Erase(wait->id);
}

void Interests::RemoveEntry(Entry* entry) {
  const std::unique_ptr<Entry> owned(entry);
  entries_.Erase(entry->fd);
}

std::size_t Interests::WaitsFor(int fd, WaitId* ids, std::size_t limit) const {
  const Entry* const entry = entries_.Find(fd);
  if (entry == nullptr) return 0;
  std::size_t found = 0;
  for (const Interest* interest = entry->first; interest != nullptr;
       interest = interest->next_of_entry) {
    const Wait& wait = *interest->wait;
    if (!wait.is_armed) continue;
    if (found < limit) ids[found] = wait.size == 1 ? ~wait.id : wait.id;
    ++found;
  }
  return found;
}

}  // namespace fdselect::waiter
