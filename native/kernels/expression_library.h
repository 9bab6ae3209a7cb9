// What the instruction sets' copies of kernels/expression_library.cpp offer to the library of small formulas.
#pragma once

#include "common/span.h"
#include "simd/isa.h"

namespace halolaw::kernels {

struct LibraryKernels {
  /// score[k] = squared weighted correlation of column k with the wanted values. The columns lie one after another in
  /// `library`, weight.size() floats (a multiple of 16) each. sums: of weight, weight * wanted, weight * wanted^2.
  void (*correlate)(Span<const float> library, Span<const float> weight, Span<const float> weightedWanted,
                    Span<const float> sums, Span<float> score);
  /// out[k] = sum of column k times `wanted`; columns as above, of wanted.size() rows.
  void (*dots)(Span<const float> library, Span<const double> wanted, Span<double> out);
  /// Whether any of the columns j < gram.size() together with column i explains more than `least` of the wanted values.
  /// `cross` holds the columns' dot products with these, `ofI` that of column i, and `gram` those of column i with the
  /// others; all columns are of unit length and centred.
  bool (*anyPairAbove)(Span<const double> gram, Span<const double> cross, double ofI, double least);
};

HL_DISPATCH(LibraryKernels, libraryKernels)

}  // namespace halolaw::kernels
