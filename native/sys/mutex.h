// A mutex and its scoped lock (POSIX), without std::mutex, whose lock() may throw.
#pragma once

#include <pthread.h>

namespace fdselect::sys {

/// A statically initialised pthread mutex: locking it cannot fail, and it owns nothing, so it needs
/// no destructor. A static one is thus never destroyed while a thread may still lock it.
class Mutex {
 public:
  constexpr Mutex() = default;

  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class Lock;

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Locks a mutex; the destructor unlocks it.
class Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex.mutex_) { pthread_mutex_lock(&mutex_); }
  ~Lock() { pthread_mutex_unlock(&mutex_); }

  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

}  // namespace fdselect::sys
