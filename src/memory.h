// Memory aligned to cache lines, and a limit on sizes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace dsr {

// n rounded up to a multiple of `block`.
inline std::size_t padded(std::size_t n, std::size_t block) { return (n + block - 1) / block * block; }

// Product of sizes; std::bad_alloc, in Python MemoryError, if it exceeds all memory.
template <class... Sizes>
std::size_t volume(Sizes... sizes) {
  std::size_t total = 1;
  for (std::size_t n : {std::size_t(sizes)...}) {
    if (n != 0 && total > (std::numeric_limits<std::size_t>::max() >> 8) / n) throw std::bad_alloc();
    total *= n;
  }
  return total;
}

// Zeros, aligned to 64 bytes: packs are faster aligned.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t n) : size_(n) {
    if (n == 0) return;
    const std::size_t bytes = padded(volume(n, sizeof(T)), 64);
    data_ = static_cast<T*>(::operator new(bytes, std::align_val_t(64)));
    std::memset(data_, 0, bytes);
  }
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { ::operator delete(data_, std::align_val_t(64)); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  void clear() {
    if (size_) std::memset(data_, 0, size_ * sizeof(T));
  }
  // The memory; the caller frees it.
  T* release() { return size_ = 0, std::exchange(data_, nullptr); }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dsr
