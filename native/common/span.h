// Views of contiguous values, for signatures: a small std::span (C++20). Builds with HL_CHECKED, such as the one with
// sanitizers, verify every index and part, and end the process if one is out of bounds.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

/// Inlined always: files that are compiled for several instruction sets leave no copy for the linker (see simd/isa.h).
#define HL_INLINE inline __attribute__((always_inline))

#ifdef HL_CHECKED
#define HL_EXPECT(condition) ((condition) ? void() : ::halolaw::boundsFailed(#condition, __FILE__, __LINE__))
#else
#define HL_EXPECT(condition) void()
#endif

namespace halolaw {

/// Prints the condition and its place, and ends the process.
[[noreturn]] void boundsFailed(const char* condition, const char* file, int line);

template <class T>
class Span {
 public:
  HL_INLINE constexpr Span() : data_(nullptr), size_(0) {}
  HL_INLINE constexpr Span(T* data, size_t size) : data_(data), size_(size) {}
  /// A span of anything with data() and size(): vectors, arrays, typed arrays, spans of mutable values.
  template <class Values, class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Values&>().data()), T*>>>
  HL_INLINE constexpr Span(Values&& values) : data_(values.data()), size_(values.size()) {}

  HL_INLINE constexpr T* data() const { return data_; }
  HL_INLINE constexpr size_t size() const { return size_; }
  HL_INLINE constexpr bool empty() const { return size_ == 0; }
  HL_INLINE constexpr T* begin() const { return data_; }
  HL_INLINE constexpr T* end() const { return data_ + size_; }
  HL_INLINE T& operator[](size_t index) const {
    HL_EXPECT(index < size_);
    return data_[index];
  }
  HL_INLINE Span part(size_t begin, size_t count) const {
    HL_EXPECT(begin <= size_ && count <= size_ - begin);
    return {data_ + begin, count};
  }
  HL_INLINE Span from(size_t begin) const {
    HL_EXPECT(begin <= size_);
    return {data_ + begin, size_ - begin};
  }

 private:
  T* data_;
  size_t size_;
};

/// `count` rows of a matrix, each `row` values after the previous one; row = 0 repeats one row. `values` may extend
/// past the last row; kernels may write there.
template <class T>
struct Rows {
  Span<T> values;
  size_t row = 0;
  size_t count = 0;

  HL_INLINE operator Rows<const T>() const { return {values, row, count}; }
  HL_INLINE T* data() const { return values.data(); }
  /// The columns from `column` on.
  HL_INLINE Rows columnsFrom(size_t column) const { return {values.from(column), row, count}; }
  HL_INLINE Rows part(size_t first, size_t rows) const { return {values.from(first * row), row, rows}; }
  /// Whether `width` columns of every row lie in the values.
  HL_INLINE bool holds(size_t width) const {
    return count == 0 || width == 0 || (count - 1) * row + width <= values.size();
  }
};

}  // namespace halolaw
