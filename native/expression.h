// Evaluates programs on blocks of rows with SIMD: values, and Jacobians by one reverse sweep.
// Reentrant: a Program is only read; each thread brings a Workspace, which grows to the largest program it has seen and is
// then reused without allocation. T is float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expression_program.h"

namespace halolaw {

/// Scratch memory of one thread.
class Workspace {
 public:
  /// At least `bytes`, aligned to 64.
  void* reserve(size_t bytes);

 private:
  std::vector<uint8_t> memory_;
};

/// out[row] = the program's value; columns[v] points at `rows` values of variable v. Any number of rows: they are worked
/// off in batches that stay in the cache.
template <typename T>
void evaluateBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out, Workspace& workspace);

/// The values, and their derivatives: byParameter[p][row] for each parameter p in [0, program.parameters), and byVariable[v][row]
/// for each variable whose entry is not null (byVariable itself may be null). A row's derivatives are NaN or infinite where the
/// formula has none; comparisons, logic and step count as flat.
template <typename T>
void jacobianBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out,
                   T* const* byParameter, T* const* byVariable, Workspace& workspace);

extern template void evaluateBlock<float>(const Program&, const float* const*, const double*, int, float*, Workspace&);
extern template void evaluateBlock<double>(const Program&, const double* const*, const double*, int, double*, Workspace&);
extern template void jacobianBlock<float>(const Program&, const float* const*, const double*, int, float*, float* const*, float* const*, Workspace&);
extern template void jacobianBlock<double>(const Program&, const double* const*, const double*, int, double*, double* const*, double* const*, Workspace&);

}  // namespace halolaw
