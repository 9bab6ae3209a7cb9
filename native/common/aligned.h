// Floats that begin on a cache line. malloc aligns to 16 bytes; every 64-byte vector then crosses two lines.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace halolaw {

template <class T>
struct CacheAligned {
  using value_type = T;

  CacheAligned() = default;
  template <class U>
  CacheAligned(const CacheAligned<U>&) {}

  T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* at, size_t) { ::operator delete(at, kLine); }
  template <class U>
  bool operator==(const CacheAligned<U>&) const {
    return true;
  }
  template <class U>
  bool operator!=(const CacheAligned<U>&) const {
    return false;
  }

 private:
  static constexpr std::align_val_t kLine{64};
};

using Floats = std::vector<float, CacheAligned<float>>;

}  // namespace halolaw
