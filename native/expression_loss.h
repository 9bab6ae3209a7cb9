// What a fit makes small: each row's loss, and the parabola by which a Newton step replaces it.
#pragma once

#include <vector>

#include "expression.h"

namespace halolaw {

struct Loss {
  /// With r = prediction - target: r^2; |r|; Huber's r^2/2 up to `parameter`, then linear; the pinball loss of the quantile
  /// `parameter`; the deviance of counts with the prediction as their rate; a formula of the user's.
  enum class Kind { squared, absolute, huber, quantile, poisson, own };
  Kind kind = Kind::squared;
  double parameter = 0;
  /// The user's formula and its first two derivatives by the prediction, over prediction, target and weight.
  Program value, slope, curvature;

  /// Whether the loss has a kink where prediction and target meet.
  bool hasKink() const { return kind == Kind::absolute || kind == Kind::quantile || kind == Kind::own; }
};

/// A block of rows, at most kLossBlock where the loss is a formula; `weight` null: all 1.
struct LossRows {
  const double* prediction;
  const double* target;
  const double* weight;
  int rows;
};
constexpr int kLossBlock = 1024;

struct LossScratch {
  Workspace workspace;
  std::vector<double> ones, values;
};

/// Sum of the rows' weighted losses; not finite where a prediction is outside the loss's domain (a rate below 0).
double lossSum(const Loss& loss, const LossRows& rows, LossScratch& scratch);

/// Each row's slope dL/dprediction and a curvature >= 0 such that the parabola of both stays above the loss wherever such a
/// parabola exists (iteratively reweighted least squares; Hunter and Lange 2000 for quantiles; Fisher's scoring for rates). Kinks
/// are rounded off within `floor` of the target.
void lossSlopes(const Loss& loss, const LossRows& rows, double floor, double* slope, double* curvature, LossScratch& scratch);

}  // namespace halolaw
