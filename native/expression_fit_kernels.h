#pragma once

#include "isa.h"

namespace halolaw {

struct FitKernels {
  /// normal[i * count + j] = sum_r w J_i J_j (both triangles), gradient[i] = sum_r w J_i residual
  void (*normalEquations)(const double* const* jacobian, int count, const double* weight, const double* residual, int rows,
                          double* normal, double* gradient);
  /// Squared weighted correlation of each library column (`rows` floats each, a multiple of 16) with the wanted values.
  void (*correlate)(const float* library, int count, int rows, const float* weight, const float* weightedWanted, const float* sums,
                    float* score);
};

HL_DISPATCH(FitKernels, fitKernels)

}  // namespace halolaw
