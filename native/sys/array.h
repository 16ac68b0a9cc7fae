// Containers that report when there is no memory, and the rules of native/ against ending the
// process.
//
// The addon is compiled without exceptions: a standard function that throws would end the process,
// with every worker and every connection in it. So in native/
//
// - memory whose size a program can choose comes from Array or IntMap below, or from
//   `new (std::nothrow)`; if there is none, the result is -ENOMEM;
// - a thread is made by pthread_create(3); if it fails, the result is its errno (-EAGAIN);
// - locks are pthread mutexes, callbacks are plain functions with a pointer to their data;
// - nothing calls abort(3), assert(3), exit(3) or a function that throws.
//
// test/native/no-abort.test.ts checks these rules in the sources and in the symbols that the built
// addon imports, and gives the reason for each exception.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace fdselect::sys {

/// A contiguous sequence, as std::vector; each function that allocates returns whether it could.
template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  Array() = default;
  ~Array() { std::free(data_); }

  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  /// Makes room for `capacity` elements. False: there is no memory; nothing has changed.
  [[nodiscard]] bool Reserve(std::size_t capacity) {
    if (capacity <= capacity_) return true;
    if (capacity > SIZE_MAX / 2 / sizeof(T)) return false;
    const std::size_t wanted = capacity > 2 * capacity_ ? capacity : 2 * capacity_;
    void* const grown = std::realloc(static_cast<void*>(data_), wanted * sizeof(T));
    if (grown == nullptr) return false;
    data_ = static_cast<T*>(grown);
    capacity_ = wanted;
    return true;
  }

  /// New elements are zeros.
  [[nodiscard]] bool Resize(std::size_t size) {
    if (!Reserve(size)) return false;
    if (size > size_) std::memset(static_cast<void*>(data_ + size_), 0, (size - size_) * sizeof(T));
    size_ = size;
    return true;
  }

  [[nodiscard]] bool Push(const T& element) {
    const T copy = element;  // `element` may be in the memory that Reserve() moves
    if (!Reserve(size_ + 1)) return false;
    data_[size_++] = copy;
    return true;
  }

  void Clear() { size_ = 0; }

  void RemoveFront(std::size_t count) {
    if (count == 0) return;
    size_ -= count;
    std::memmove(static_cast<void*>(data_), static_cast<const void*>(data_ + count),
                 size_ * sizeof(T));
  }

  /// The last element takes the place of the removed one.
  void RemoveSwapping(std::size_t index) { data_[index] = data_[--size_]; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A hash table from a number to a non-null pointer. Open addressing; fds and ids are small and
/// dense, so the number itself is the hash.
template <class T>
class IntMap {
 public:
  std::size_t size() const { return size_; }

  /// nullptr if the key is not in the map.
  T* Find(int key) const {
    if (size_ == 0) return nullptr;
    for (std::size_t i = Home(key);; i = Next(i)) {
      const Slot& slot = slots_[i];
      if (slot.value == nullptr || slot.key == key) return slot.value;
    }
  }

  /// The key must not be in the map. False: there is no memory; nothing has changed.
  [[nodiscard]] bool Insert(int key, T* value) {
    if (2 * (size_ + 1) > slots_.size() && !Grow()) return false;
    Place({key, value});
    ++size_;
    return true;
  }

  void Erase(int key) {
    if (Find(key) == nullptr) return;
    std::size_t hole = Home(key);
    while (slots_[hole].key != key) hole = Next(hole);
    // Later slots whose key could have been in the hole move there, so that Find() reaches them.
    for (std::size_t i = Next(hole); slots_[i].value != nullptr; i = Next(i)) {
      const std::size_t home = Home(slots_[i].key);
      const bool may_move = ((i - home) & Mask()) >= ((i - hole) & Mask());
      if (!may_move) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole].value = nullptr;
    --size_;
  }

  /// Calls `visit(value)` for each value; `visit` must not insert or erase.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.value != nullptr) visit(*slot.value);
    }
  }

 private:
  struct Slot {
    int key;
    T* value;  // nullptr: the slot is free
  };

  static constexpr std::size_t kFirstSize = 16;

  std::size_t Mask() const { return slots_.size() - 1; }
  std::size_t Home(int key) const { return static_cast<std::uint32_t>(key) & Mask(); }
  std::size_t Next(std::size_t index) const { return (index + 1) & Mask(); }

  void Place(const Slot& slot) {
    std::size_t i = Home(slot.key);
    while (slots_[i].value != nullptr) i = Next(i);
    slots_[i] = slot;
  }

  bool Grow() {
    Array<Slot> old;
    if (!old.Resize(slots_.size())) return false;
    if (!slots_.empty()) std::memcpy(old.data(), slots_.data(), slots_.size() * sizeof(Slot));
    const std::size_t size = slots_.empty() ? kFirstSize : 2 * slots_.size();
    if (!slots_.Reserve(size)) return false;
    slots_.Clear();
    if (!slots_.Resize(size)) return false;
    for (const Slot& slot : old) {
      if (slot.value != nullptr) Place(slot);
    }
    return true;
  }

  Array<Slot> slots_;  // a power of two of them, at most half of them in use
  std::size_t size_ = 0;
};

}  // namespace fdselect::sys
