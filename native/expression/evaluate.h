// Evaluates programs on blocks of rows with SIMD: values, and Jacobians by one reverse sweep.
// Reentrant: a Program is only read; each thread brings a Scratch, which grows to its largest program and is then
// reused without allocation. T is float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/span.h"
#include "expression/program.h"

namespace halolaw::expression {

/// Scratch memory of one thread.
class Scratch {
 public:
  /// At least `bytes`, aligned to 64.
  void* reserve(size_t bytes);

 private:
  std::vector<uint8_t> memory_;
};

/// out[row] = the program's value; columns[v] points at out.size() values of variable v. Any number of rows: they are
/// evaluated in batches that stay in the cache. `constants` are the program's, or a copy of the same length.
template <typename T>
void evaluateBlock(const Program& program, Span<const T* const> columns, Span<const double> constants, Span<T> out,
                   Scratch& scratch);

/// Values and derivatives, one row each: byParameter[p][row] for each parameter p in [0, program.parameters), and
/// byVariable[v][row] for each variable whose entry is not null (byVariable may be empty). A row's derivatives are NaN
/// or infinite if the formula has none there; comparisons, logic and step have derivative 0.
template <typename T>
struct JacobianColumns {
  Span<T> values;
  Span<T*const> byParameter, byVariable;
};
template <typename T>
void jacobianBlock(const Program& program, Span<const T* const> columns, Span<const double> constants,
                   const JacobianColumns<T>& out, Scratch& scratch);

extern template void evaluateBlock<float>(const Program&, Span<const float* const>, Span<const double>, Span<float>,
                                          Scratch&);
extern template void evaluateBlock<double>(const Program&, Span<const double* const>, Span<const double>, Span<double>,
                                           Scratch&);
extern template void jacobianBlock<float>(const Program&, Span<const float* const>, Span<const double>,
                                          const JacobianColumns<float>&, Scratch&);
extern template void jacobianBlock<double>(const Program&, Span<const double* const>, Span<const double>,
                                           const JacobianColumns<double>&, Scratch&);

}  // namespace halolaw::expression
