// Fits the constants of a formula to data: Levenberg-Marquardt for squares, the same on parabolas above the loss (expression_loss.h) for
// every other loss. Each fit also carries the best outer scale and offset, y = scale * f + offset, which are cheap and help every
// formula. Rows are worked off in blocks: memory does not grow with constants times rows.
#pragma once

#include <vector>

#include "expression.h"
#include "expression_loss.h"

namespace halolaw {

/// A table to fit, in memory that the caller keeps: columns, target and weights (null: all 1) of `rows` values.
struct FitData {
  std::vector<const double*> columns;
  const double* target = nullptr;
  const double* weights = nullptr;
  int rows = 0;
  Loss loss;
  /// Sum of the weights, and the target's mean and mean distance from it; `prepare` finds them.
  double totalWeight = 0, mean = 0, spread = 0;

  void prepare();
  double weightOf(int row) const { return weights ? weights[row] : 1.0; }
};

/// Losses are weighted means; infinite where a row's value is not finite or out of the loss's domain.
struct FitResult {
  double scaledLoss, scale, offset;   // y = scale * f + offset
  double ratioLoss, ratio;            // y = ratio * f, the formula's constants as fitted above
  double plainLoss;                   // y = f
};

struct FitOptions {
  /// Whether scale and offset may move while the constants are fitted; without it they stay 1 and 0, and scaledLoss = plainLoss.
  bool free = false;
  /// Most accepted and refused steps together
  int iterations = 0;
  /// A step that gains less than this share of the loss ends the fit.
  double tolerance = 0;
  /// A formula whose loss is above this before any step is not looked at further (loss infinite); for `free` = false.
  double bound = 1e308;
};

/// Scratch of one thread.
struct FitScratch {
  Workspace workspace;
  LossScratch loss;
  std::vector<double> values, trial;                       // one a row, where the line is free
  std::vector<double> jacobian, block, prediction, slope, curvature;  // one block of rows
  std::vector<double> normal, gradient, factor, step, constants;
  std::vector<double*> derivatives;
  std::vector<const double*> columns;
};

/// Improves constants[0 .. program.parameters) in place.
FitResult fitConstants(const Program& program, double* constants, const FitData& data, const FitOptions& options, FitScratch& scratch);

}  // namespace halolaw
