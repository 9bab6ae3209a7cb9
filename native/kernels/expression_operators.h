// What each operator does to columns of values. Columns are whole vectors long: `rows` is a multiple of kLanes<T>, and
// every column may be `out` itself, except an operand's column in memory.
#pragma once

#include "kernels/expression.h"
#include "simd/simd.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

#define HL_RESTRICT __restrict__

template <typename T>
inline void fill(T* out, T value, int rows) {
  for (int i = 0; i < rows; i += kLanes<T>) store(out + i, broadcast(value));
}

/// The operand's values in memory; a single value is spread into `spare`.
template <typename T>
inline const T* spread(const Operand<T>& a, T* spare, int rows) {
  if (!a.isScalar) return a.values;
  fill(spare, a.scalar, rows);
  return spare;
}

template <typename T>
void unary(Op op, const T* a, T* out, int rows);

/// `spare` is a separate column.
template <typename T>
void binary(Op op, const Operand<T>& a, const Operand<T>& b, T* out, T* spare, int rows);

template <typename T>
void ternary(Op op, const T* a, const T* b, const T* c, T* out, int rows);

/// The same as ForwardBatch and JacobianBatch ask for.
template <typename T>
void jacobian(const JacobianBatch<T>& batch);

/// Rows up to a whole vector; those beyond the batch's last row repeat it.
template <typename T>
inline int wholeVectors(int rows) {
  return (rows + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

/// The batch's values of a variable; copied to `padding` where they end within a vector.
template <typename T>
inline const T* columnOf(const T* values, int rows, T* padding) {
  const int whole = wholeVectors<T>(rows);
  if (whole == rows) return values;
  __builtin_memcpy(padding, values, sizeof(T) * static_cast<size_t>(rows));
  for (int i = rows; i < whole; ++i) padding[i] = values[rows - 1];
  return padding;
}

}  // namespace halolaw::kernels::HL_ISA
