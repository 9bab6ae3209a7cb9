// What the instruction sets' copies of kernels/expression_library.cpp offer to the library of small formulas.
#pragma once

#include "isa.h"

namespace halolaw {

struct LibraryKernels {
  /// Squared weighted correlation of each column of `rows` floats (a multiple of 16) with the wanted values. sums: of weight,
  /// weight * wanted, weight * wanted^2.
  void (*correlate)(const float* library, int count, int rows, const float* weight, const float* weightedWanted, const float* sums,
                    float* score);
  /// out[k] = sum of column k times `wanted`; `rows` as above.
  void (*dots)(const float* library, int count, int rows, const double* wanted, double* out);
  /// Whether any of the columns j < count together with column i explains more than `least` of the wanted values, `cross` being the columns'
  /// dot products with these and `gram` those of column i with the others, all columns of unit length and centred.
  bool (*anyPairAbove)(const double* gram, const double* cross, double own, double least, int count);
};

HL_DISPATCH(LibraryKernels, libraryKernels)

}  // namespace halolaw
