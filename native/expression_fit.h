// Fits the constants of a formula to data: Levenberg-Marquardt for squared loss, the same by reweighting (IRLS) for absolute
// loss. Each fit also carries the best outer scale and offset, y = scale * f + offset, which are cheap and help every formula.
#pragma once

#include <vector>

#include "expression.h"

namespace halolaw {

enum class Loss { squared, absolute };

/// A table to fit: columns and target of `rows` values, weights empty or as long.
struct FitData {
  std::vector<std::vector<double>> columns;
  std::vector<double> target, weights;
  std::vector<const double*> pointers;
  int rows = 0;
  Loss loss = Loss::squared;
};

/// Losses are weighted means; infinite where a row's value is not finite.
struct FitResult {
  double scaledLoss, scale, offset;   // y = scale * f + offset
  double ratioLoss, ratio;            // y = ratio * f, the formula's constants as fitted above
  double plainLoss;                   // y = f
};

/// Scratch of one thread.
struct FitScratch {
  Workspace workspace;
  std::vector<double> values, trial, jacobian, residual, weight, normal, gradient, factor, step, constants;
  std::vector<double*> columns;
};

/// Improves constants[0 .. program.parameters) in place. `free` says whether scale and offset may move while they are fitted; without it
/// they stay 1 and 0 in the fit and scaledLoss = plainLoss. `iterations` bounds the accepted and refused steps together;
/// a step that gains less than `tolerance` of the loss ends the fit.
FitResult fitConstants(const Program& program, double* constants, const FitData& data, bool free, int iterations, double tolerance, FitScratch& scratch);

}  // namespace halolaw
