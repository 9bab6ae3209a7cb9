// The interface of kernels/expression_library.cpp.
#pragma once

#include "common/span.h"
#include "simd/isa.h"

namespace halolaw::kernels {

struct LibraryKernels {
  /// score[k] = squared weighted correlation of column k with the target. The columns lie one after another in
  /// `library`, weight.size() floats (a multiple of 16) each. sums: of weight, weight * target, weight * target^2.
  void (*correlate)(Span<const float> library, Span<const float> weight, Span<const float> weightedTarget,
                    Span<const float> sums, Span<float> score);
  /// out[k] = sum of column k times `target`; columns as above, of target.size() rows.
  void (*dots)(Span<const float> library, Span<const double> target, Span<double> out);
  /// Whether any of the columns j < gram.size() together with column i explains more than `least` of the target.
  /// `cross` holds the columns' dot products with these, `ofI` that of column i, and `gram` those of column i with the
  /// others; all columns are of unit length and centred.
  bool (*anyPairAbove)(Span<const double> gram, Span<const double> cross, double ofI, double least);
};

HL_DISPATCH(LibraryKernels, libraryKernels)

}  // namespace halolaw::kernels
