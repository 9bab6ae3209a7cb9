// The interface of kernels/expression_fit.cpp. T is float or double. Sums over rows are in double precision from call
// to call, so that calls of some thousand rows lose no digits.
#pragma once

#include "common/span.h"
#include "simd/isa.h"

namespace halolaw::kernels {

/// A loss of r = prediction - target: r^2; |r|; Huber's r^2/2 up to `parameter`, then linear; the pinball loss of the
/// quantile `parameter`.
struct DistanceLoss {
  enum class Kind { squared, absolute, huber, quantile } kind;
  double parameter;
};

/// Rows of predictions scale * values + offset. All columns have one length.
template <typename T>
struct LineRows {
  Span<const T> values;
  T scale, offset;
  Span<const T> target;
  Span<const T> weight;  // empty: all 1
};

template <typename T>
struct FitKernels {
  /// Sum of the rows' weighted losses.
  double (*lossSum)(const DistanceLoss& loss, const LineRows<T>& rows);
  /// Each row's weighted slope dL/dprediction and the curvature of a parabola that has it and stays above the loss
  /// (Hunter and Lange 2000); kinks are rounded off within `floor` of the target.
  void (*lossSlopes)(const DistanceLoss& loss, const LineRows<T>& rows, double floor, Span<T> slope, Span<T> curvature);
  /// Adds to sums: curvature, curvature * f, curvature * f^2, slope, slope * f, where f is values[r] - shift.
  void (*lineSums)(const DistanceLoss& loss, const LineRows<T>& rows, double floor, double shift, Span<double> sums);
  /// Adds sum_r w J_i J_j to normal[i * parameters + j] for j <= i, and sum_r J_i slope to gradient[i]. `jacobian`
  /// holds a column of slope.size() rows for each parameter; an empty weight is 1 for all rows.
  void (*normalEquations)(Span<const T* const> jacobian, Span<const T> weight, Span<const T> slope, Span<double> normal,
                          Span<double> gradient);
  bool (*allFinite)(Span<const T> values);
};

struct FitKernelsOfBoth {
  FitKernels<float> single;
  FitKernels<double> full;
};

HL_DISPATCH(FitKernelsOfBoth, fitKernelsOfBoth)

}  // namespace halolaw::kernels
