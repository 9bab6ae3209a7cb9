#pragma once

#include "isa.h"

namespace halolaw {

struct FitKernels {
  /// Adds sum_r w J_i J_j to normal[i * count + j] for j <= i, and sum_r J_i slope to gradient[i].
  void (*normalEquations)(const double* const* jacobian, int count, const double* weight, const double* slope, int rows, double* normal,
                          double* gradient);
  /// Adds to sums: weight, weight * f, weight * f^2, slope, slope * f, where f is values[r] - shift.
  void (*lineSums)(const double* values, double shift, const double* weight, const double* slope, int rows, double* sums);
  /// Sums of weighted squares and of absolute values of a - b; `weight` may be null.
  double (*squaredSum)(const double* a, const double* b, const double* weight, int rows);
  double (*absoluteSum)(const double* a, const double* b, const double* weight, int rows);
  bool (*allFinite)(const double* values, int rows);
  /// Squared weighted correlation of each library column (`rows` floats each, a multiple of 16) with the wanted values.
  void (*correlate)(const float* library, int count, int rows, const float* weight, const float* weightedWanted, const float* sums,
                    float* score);
};

HL_DISPATCH(FitKernels, fitKernels)

}  // namespace halolaw
