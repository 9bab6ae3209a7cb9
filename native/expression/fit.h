// Fits the constants of a formula to data: Levenberg-Marquardt for squares, the same on parabolas above the loss
// (expression_loss.h) for every other loss. Each fit also carries the best outer scale and offset, y = scale * f +
// offset, which are cheap and help every formula. Rows are processed in blocks: memory does not grow with constants
// times rows.
#pragma once

#include <memory>
#include <vector>

#include "expression/evaluate.h"
#include "expression/fit_table.h"
#include "expression/loss.h"

namespace halolaw::expression {

/// Losses are weighted means; infinite if a row's value is not finite or outside the loss's domain.
struct FitResult {
  double scaledLoss, scale, offset;  // y = scale * f + offset
  double ratioLoss, ratio;           // y = ratio * f, the formula's constants as fitted above
  double plainLoss;                  // y = f
};

struct FitOptions {
  /// Whether the fit of the constants also changes scale and offset. If false, they stay 1 and 0, and scaledLoss =
  /// plainLoss.
  bool free = false;
  /// Limit for accepted plus refused steps
  int iterations = 0;
  /// A step that gains less than this share of the loss ends the fit.
  double tolerance = 0;
  /// A formula whose loss is above this before any step is rejected (loss infinite); for `free` = false.
  double bound = 1e308;
  /// Whether to fit in single precision, with half the memory and twice the lanes. A formula that fits up to rounding,
  /// or leaves the range of singles, is fitted in double precision.
  bool single = false;
};

/// Columns of rows that a fit works with, one for each element type.
template <typename T>
struct FitColumns {
  Column<T> values, trial;                            // of all rows, if the line is free
  Column<T> block, slope, curvature, ones, jacobian;  // of one block
  std::vector<T*> derivatives;
  std::vector<const T*> columns;
};

/// Scratch of one thread.
struct FitScratch {
  Scratch evaluation;
  LossScratch loss;
  FitColumns<float> single;
  FitColumns<double> full;
  std::vector<double> prediction, normal, gradient, factor, step, constants;
};

/// Improves constants[0 .. program.parameters) in place.
FitResult fitConstants(const Program& program, Span<double> constants, const FitTable& table, const FitOptions& options,
                       FitScratch& scratch);

}  // namespace halolaw::expression
