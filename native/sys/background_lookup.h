// A lookup of a host name in a thread of its own (POSIX).
#pragma once

#include <memory>
#include <vector>

#include "owned_fd.h"
#include "resolve.h"

namespace fdselect::sys {

/// Nothing can end a call of getaddrinfo(3). So nothing waits for the thread that makes it: not the
/// thread that has begun the lookup, and not the end of the process. (exit(3) joins the threads of
/// libuv's pool: a process whose lookups run there lives on until the last one has ended.)
///
/// Thread: the one that has begun it, for every function.
class BackgroundLookup {
 public:
  /// Returns 0 or -errno: -EAGAIN where the system allows no more threads.
  static int Begin(Lookup lookup, std::unique_ptr<BackgroundLookup>& begun);

  /// Gives the lookup up. Its thread ends by itself.
  ~BackgroundLookup();

  BackgroundLookup(const BackgroundLookup&) = delete;
  BackgroundLookup& operator=(const BackgroundLookup&) = delete;

  /// Readable once the answer is there.
  int fd() const { return done_.get(); }

  /// As Resolve(); -EAGAIN while the lookup goes on. The answer can be taken once.
  int Take(std::vector<Found>& found);

 private:
  struct Shared;

  BackgroundLookup(Shared* shared, OwnedFd done) : shared_(shared), done_(std::move(done)) {}

  static void* Run(void* shared);
  static void LetGo(Shared* shared);
  static void StayInMemory();

  Shared* const shared_;  // SAFETY: the last of its two owners deletes it, see LetGo()
  const OwnedFd done_;
};

}  // namespace fdselect::sys
