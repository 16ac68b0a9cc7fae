// Waits that share one epoll set, whose own fd sits in somebody else's event loop (Linux).
#include "epoll_waiter.h"

#ifdef __linux__

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "../sys/epoll.h"
#include "../sys/io.h"

namespace fdselect::waiter {

namespace {

static_assert(POLLIN == EPOLLIN && POLLPRI == EPOLLPRI && POLLOUT == EPOLLOUT &&
                  POLLERR == EPOLLERR && POLLHUP == EPOLLHUP,
              "poll's bits are epoll's");

/// Reported whether asked for or not.
constexpr std::uint32_t kUnasked = EPOLLERR | EPOLLHUP;

/// What a file that epoll refuses always is.
constexpr std::uint32_t kReadableOrWritable = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

}  // namespace

int EpollWaiter::Open(std::unique_ptr<EpollWaiter>& opened) {
  const int fd = sys::EpollCreate();
  if (fd < 0) return fd;
  opened.reset(new EpollWaiter(fd));
  return 0;
}

EpollWaiter::~EpollWaiter() { sys::Close(epoll_fd_); }

int EpollWaiter::Watch(WaitId id, int fd, std::uint16_t events) {
  Entry& entry = entries_[fd];
  auto& interests = entry.interests;
  const auto mine = std::find_if(interests.begin(), interests.end(),
                                 [id](const Interest& interest) { return interest.id == id; });
  if (mine != interests.end()) {
    mine->events = events;
  } else {
    interests.push_back({id, events});
    waits_[id].fds.push_back(fd);
  }
  const int applied = Apply(fd, entry);
  if (applied >= 0) return kWatching;
  Unwatch(id, fd);
  // epoll(7) does not take regular files: they are always readable and writable, never anything
  // else. Of a closed fd the real call has something to say.
  if (applied == -EPERM) return (events & kReadableOrWritable) != 0 ? kLookNow : kWatching;
  return applied == -EBADF ? static_cast<int>(kLookNow) : applied;
}

// Sets the union of all interests in an fd. Always asks the kernel, even where the mask is the
// same: the number may stand for another file than the last time, and the look at the fd's
// present state is what makes an edge-triggered set safe.
int EpollWaiter::Apply(int fd, Entry& entry) {
  std::uint32_t events = EPOLLET;
  for (const Interest& interest : entry.interests) events |= interest.events;
  const int usual = entry.is_in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  int result = sys::EpollControl(epoll_fd_, usual, fd, events);
  if (result == -ENOENT) result = sys::EpollControl(epoll_fd_, EPOLL_CTL_ADD, fd, events);
  if (result == -EEXIST) result = sys::EpollControl(epoll_fd_, EPOLL_CTL_MOD, fd, events);
  entry.is_in_set = result >= 0;
  return result;
}

void EpollWaiter::Unwatch(WaitId id, int fd) {
  const auto wait = waits_.find(id);
  if (wait == waits_.end()) return;
  auto& fds = wait->second.fds;
  fds.erase(std::remove(fds.begin(), fds.end(), fd), fds.end());
  Forget(id, fd);
}

// The next edge reports it again. Where Collect() has guessed, the edge of now is still in the set:
// the loop comes back at once, and then it is taken before the real call is made.
void EpollWaiter::Rearm(WaitId /*id*/) { must_receive_ = true; }

void EpollWaiter::End(WaitId id) {
  const auto wait = waits_.find(id);
  if (wait == waits_.end()) return;
  for (const int fd : wait->second.fds) Forget(id, fd);
  waits_.erase(wait);
}

void EpollWaiter::Forget(WaitId id, int fd) {
  const auto found = entries_.find(fd);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  auto& interests = entry.interests;
  interests.erase(std::remove_if(interests.begin(), interests.end(),
                                 [id](const Interest& interest) { return interest.id == id; }),
                  interests.end());
  if (interests.empty() && !entry.is_in_set) entries_.erase(found);
}

std::size_t EpollWaiter::WaitsFor(int fd, WaitId* ids, std::size_t limit) {
  const auto entry = entries_.find(fd);
  if (entry == entries_.end()) return 0;
  std::size_t found = 0;
  for (const Interest& interest : entry->second.interests) {
    const bool is_alone = waits_[interest.id].fds.size() == 1;
    if (found < limit) ids[found] = is_alone ? ~interest.id : interest.id;
    ++found;
  }
  return found;
}

std::size_t EpollWaiter::Collect(WaitId* ids, std::size_t limit) {
  // If all that is in the set is of one wait it must be that one: no need to ask. When the program
  // has taken what there is, the kernel finds by itself that the set has nothing more to say.
  if (waits_.size() == 1 && ready_.empty() && !must_receive_ && limit > 0) {
    const auto& [id, wait] = *waits_.begin();
    if (wait.fds.size() == entries_.size()) {
      ids[0] = id;
      return 1;
    }
  }
  Receive();
  must_receive_ = false;
  std::size_t taken = 0;
  std::size_t collected = 0;
  while (taken < ready_.size() && collected < limit) {
    const WaitId id = ready_[taken++];
    const auto wait = waits_.find(id);
    if (wait == waits_.end()) continue;  // it has ended meanwhile
    wait->second.is_ready = false;
    ids[collected++] = id;
  }
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(taken));
  return collected;
}

void EpollWaiter::Receive() {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = sys::EpollWait(epoll_fd_, events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Report(static_cast<int>(event.data.u64), event.events);
    }
    if (count < static_cast<int>(events.size())) return;
  }
}

void EpollWaiter::Report(int fd, std::uint32_t events) {
  const auto entry = entries_.find(fd);
  const bool is_watched = entry != entries_.end() && !entry->second.interests.empty();
  if (!is_watched) {
    // Where the number stands for another file by now this removes nothing, and nothing could.
    sys::EpollControl(epoll_fd_, EPOLL_CTL_DEL, fd, 0);
    if (entry != entries_.end()) entries_.erase(entry);
    return;
  }
  for (const Interest& interest : entry->second.interests) {
    if ((events & (interest.events | kUnasked)) == 0) continue;
    Wait& wait = waits_[interest.id];
    if (wait.is_ready) continue;
    wait.is_ready = true;
    ready_.push_back(interest.id);
  }
}

}  // namespace fdselect::waiter

#endif  // __linux__
