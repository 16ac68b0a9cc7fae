// A lookup of a host name in a thread of its own (POSIX).
#include "background_lookup.h"

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <new>
#include <utility>

namespace fdselect::sys {

/// What the two threads share.
struct BackgroundLookup::Shared {
  Shared(Lookup asked, OwnedFd end) : lookup(std::move(asked)), going_on(std::move(end)) {}

  const Lookup lookup;
  /// The other end of the BackgroundLookup's fd, which is readable once this one is closed.
  OwnedFd going_on;
  /// The lookup's thread and the BackgroundLookup.
  std::atomic<int> owners{2};
  std::atomic<bool> is_done{false};
  // Written before is_done is set, read afterwards.
  int result = 0;
  std::vector<Found> found;
};

int BackgroundLookup::Begin(Lookup lookup, std::unique_ptr<BackgroundLookup>& begun) {
  std::array<int, 2> ends{};
  const int made = Pipe(ends);
  if (made < 0) return made;
  OwnedFd done(ends[0]);
  OwnedFd going_on(ends[1]);
  auto shared =
      std::unique_ptr<Shared>(new (std::nothrow) Shared(std::move(lookup), std::move(going_on)));
  if (shared == nullptr) return -ENOMEM;
  auto one = std::unique_ptr<BackgroundLookup>(new (std::nothrow)
                                                   BackgroundLookup(shared.get(), std::move(done)));
  if (one == nullptr) return -ENOMEM;
  StayInMemory();
  pthread_t thread{};
  const int error = pthread_create(&thread, nullptr, Run, shared.get());
  if (error != 0) {
    shared->owners = 1;
  } else {
    pthread_detach(thread);  // a thread that was just created can be detached
    begun = std::move(one);
  }
  shared.release();  // NOLINT: LetGo() deletes it
  return -error;
}

BackgroundLookup::~BackgroundLookup() { LetGo(shared_); }

int BackgroundLookup::Take(std::vector<Found>& found) {
  if (!shared_->is_done.load(std::memory_order_acquire)) return -EAGAIN;
  found = std::move(shared_->found);
  return shared_->result;
}

// Thread: the lookup's own.
void* BackgroundLookup::Run(void* data) {
  auto* const shared = static_cast<Shared*>(data);
  // Signals are for the threads of the program.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  shared->result = Resolve(shared->lookup, shared->found);
  shared->is_done.store(true, std::memory_order_release);
  shared->going_on.Reset();
  LetGo(shared);
  return nullptr;
}

// Thread: either.
void BackgroundLookup::LetGo(Shared* shared) {
  if (shared->owners.fetch_sub(1) == 1) delete shared;
}

// The thread may outlive the environment that has loaded the addon. The runtime then unloads the
// library, unless it is marked. Marking fails only for a main program, which is never unloaded.
void BackgroundLookup::StayInMemory() {
  Dl_info library{};
  if (::dladdr(reinterpret_cast<void*>(&Run), &library) == 0) return;
  ::dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace fdselect::sys
