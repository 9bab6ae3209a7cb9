// The loss that a fit minimizes: each row's loss, and the parabola that replaces it in a Newton step.
#pragma once

#include <vector>

#include "expression/evaluate.h"
#include "kernels/expression_fit.h"

namespace halolaw::expression {

using kernels::DistanceLoss;

struct Loss {
  /// A loss of the distance of prediction and target; the deviance of counts with the prediction as their rate; a
  /// formula of the user's.
  enum class Kind { distance, poisson, formula };
  Kind kind = Kind::distance;
  DistanceLoss distance = {DistanceLoss::Kind::squared, 0};
  /// The user's formula and its first two derivatives by the prediction, over prediction, target and weight.
  Program value, slope, curvature;

  bool isSquared() const { return kind == Kind::distance && distance.kind == DistanceLoss::Kind::squared; }
  /// Whether the loss has a kink where prediction and target meet.
  bool hasKink() const {
    return kind == Kind::formula || (kind == Kind::distance && (distance.kind == DistanceLoss::Kind::absolute ||
                                                                distance.kind == DistanceLoss::Kind::quantile));
  }
};

/// A block of rows, at most kLossBlock; `weight` empty: all 1.
struct LossRows {
  Span<const double> prediction, target, weight;

  size_t size() const { return prediction.size(); }
};
constexpr int kLossBlock = 1024;

struct LossScratch {
  Scratch evaluation;
  std::vector<double> ones, values;
};

/// Sum of the rows' weighted losses, for losses that are not functions of a distance; not finite if a prediction is
/// outside the loss's domain (a rate below 0).
double lossSum(const Loss& loss, const LossRows& rows, LossScratch& scratch);

/// Each row's slope dL/dprediction and a curvature >= 0 such that the parabola of both stays above the loss wherever
/// such a parabola exists (iteratively reweighted least squares; Fisher's scoring for rates). Kinks are rounded off
/// within `floor` of the target.
struct LossSlopes {
  Span<double> slope, curvature;
};
void lossSlopes(const Loss& loss, const LossRows& rows, double floor, const LossSlopes& out, LossScratch& scratch);

}  // namespace halolaw::expression
