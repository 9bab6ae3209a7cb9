// The table for fits, in double precision and, if nothing is lost, in single precision.
#pragma once

#include <memory>
#include <vector>

#include "common/aligned.h"
#include "expression/loss.h"

namespace halolaw::expression {

template <typename T>
using Column = std::vector<T, CacheAligned<T>>;

/// Pointers to the columns of a table.
template <typename T>
struct TableView {
  std::vector<const T*> columns;
  Span<const T> target;
  Span<const T> weights;  // empty: all 1
  /// Subtracted from the target beforehand: a prediction's offset is smaller by this.
  double shift = 0;
  /// Whether the columns are padded to whole vectors of 16 rows by repeating the last row.
  bool isPadded = false;
};

/// A copy in single precision. The target's mean is subtracted, which saves digits.
struct SingleTable {
  std::vector<Floats> storage;
  TableView<float> view;
};

struct FitTable {
  /// Columns in memory that the caller owns, `rows` values each.
  TableView<double> full;
  int rows = 0;
  Loss loss;
  /// Found by `prepare`: sum of the weights, and the target's mean, variance and mean distance from the mean.
  double totalWeight = 0, mean = 0, variance = 0, spread = 0;

  void prepare();
  double weightOf(size_t row) const { return full.weights.empty() ? 1.0 : full.weights[row]; }

  /// The copy in single precision, made at the first call. Null if single precision cannot distinguish formulas (values
  /// too large or small, or nearly equal ones far from 0), and for losses that are not functions of a distance.
  const TableView<float>* single() const;
  /// Whether a formula's loss is near the rounding error of single precision.
  bool isSingleRounding(double loss) const;

 private:
  void copySingle() const;

  mutable std::shared_ptr<const SingleTable> single_;
  mutable bool isSingleKnown_ = false;
};

}  // namespace halolaw::expression
