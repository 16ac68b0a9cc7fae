// A lock (POSIX). std::mutex throws where locking fails; a valid pthread mutex cannot fail to lock.
#pragma once

#include <pthread.h>

namespace fdselect::sys {

/// Has no destructor, so that a static one is never destroyed while a thread may still lock it: one
/// that was initialised like this owns nothing.
class Mutex {
 public:
  constexpr Mutex() = default;

  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class Lock;

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Holds a mutex as long as it lives.
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
