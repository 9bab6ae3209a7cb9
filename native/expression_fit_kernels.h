// What the instruction sets' copies of kernels/expression_fit.cpp offer to fits. T is float or double; sums over rows go on in double
// precision from call to call, so that calls of some thousand rows lose nothing.
#pragma once

#include "isa.h"

namespace halolaw {

/// A loss of r = prediction - target: r^2; |r|; Huber's r^2/2 up to `parameter`, then linear; the pinball loss of the quantile
/// `parameter`.
struct DistanceLoss {
  enum class Kind { squared, absolute, huber, quantile } kind;
  double parameter;
};

/// Rows of predictions scale * values + offset.
template <typename T>
struct LineRows {
  const T* values;
  T scale, offset;
  const T* target;
  const T* weight;  // null: all 1
  int rows;
};

template <typename T>
struct FitKernels {
  /// Sum of the rows' weighted losses.
  double (*lossSum)(const DistanceLoss& loss, const LineRows<T>& rows);
  /// Each row's weighted slope dL/dprediction and the curvature of a parabola that has it and stays above the loss (Hunter and Lange
  /// 2000); kinks are rounded off within `floor` of the target.
  void (*lossSlopes)(const DistanceLoss& loss, const LineRows<T>& rows, double floor, T* slope, T* curvature);
  /// Adds to sums: curvature, curvature * f, curvature * f^2, slope, slope * f, where f is values[r] - shift.
  void (*lineSums)(const DistanceLoss& loss, const LineRows<T>& rows, double floor, double shift, double* sums);
  /// Adds sum_r w J_i J_j to normal[i * count + j] for j <= i, and sum_r J_i slope to gradient[i].
  void (*normalEquations)(const T* const* jacobian, int count, const T* weight, const T* slope, int rows, double* normal,
                          double* gradient);
  bool (*allFinite)(const T* values, int rows);
};

struct FitKernelsOfBoth {
  FitKernels<float> single;
  FitKernels<double> full;
};

HL_DISPATCH(FitKernelsOfBoth, fitKernelsOfBoth)

template <typename T>
const FitKernels<T>& fitKernels();
template <>
inline const FitKernels<float>& fitKernels<float>() {
  return fitKernelsOfBoth().single;
}
template <>
inline const FitKernels<double>& fitKernels<double>() {
  return fitKernelsOfBoth().full;
}

}  // namespace halolaw
