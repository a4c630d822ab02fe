// Owns one mapping of memory and unmaps it exactly once.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, MAP_FAILED)), bytes_(other.bytes_) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      Unmap();
      address_ = std::exchange(other.address_, MAP_FAILED);
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { Unmap(); }

  // A closed mapping, with errno set, when the kernel refuses. `fd` -1: zeroed memory.
  static Mapping Map(int fd, size_t bytes, int protection, size_t offset = 0) {
    Mapping mapping;
    const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    mapping.address_ = ::mmap(nullptr, bytes, protection, flags, fd, static_cast<off_t>(offset));
    mapping.bytes_ = bytes;
    return mapping;
  }

  bool IsOpen() const { return address_ != MAP_FAILED; }
  std::byte* Get() const { return static_cast<std::byte*>(address_); }
  size_t Bytes() const { return bytes_; }

 private:
  void Unmap() {
    if (IsOpen()) ::munmap(address_, bytes_);
    address_ = MAP_FAILED;
  }

  void* address_ = MAP_FAILED;
  size_t bytes_ = 0;
};
