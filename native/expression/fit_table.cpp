#include "expression/fit_table.h"

#include <algorithm>
#include <cmath>

namespace halolaw::expression {

namespace {

/// The loss of an exact formula after rounding to single precision, as a share of a constant's loss, with room for the
/// rounding of the formula's arithmetic.
constexpr double kSingleRounding = 1e-9;
/// Beyond these, products of a few columns leave the range of singles.
constexpr double kLargest = 1e6, kSmallest = 1e-6;
/// How far from 0, in standard deviations, a column may lie: 1e-9 / (2^-24)^2 leaves room for some more digits lost.
constexpr double kFarthest = 100;

struct Moments {
  double mean, variance, largest;
};

Moments momentsOf(Span<const double> values) {
  Moments m = {0, 0, 0};
  const int rows = static_cast<int>(values.size());
  for (double value : values) {
    m.mean += value / rows;
    m.largest = std::max(m.largest, std::fabs(value));
  }
  for (double value : values) m.variance += (value - m.mean) * (value - m.mean) / rows;
  return m;
}

bool fitsSingle(const Moments& m) {
  if (m.variance == 0) return m.largest == 0 || (m.largest <= kLargest && m.largest >= kSmallest);
  return m.largest <= kLargest && m.largest >= kSmallest && m.largest <= kFarthest * std::sqrt(m.variance);
}

}  // namespace

void FitTable::prepare() {
  totalWeight = mean = variance = spread = 0;
  for (size_t i = 0; i < full.target.size(); ++i) {
    totalWeight += weightOf(i);
    mean += weightOf(i) * full.target[i];
  }
  mean /= totalWeight;
  for (size_t i = 0; i < full.target.size(); ++i) {
    const double distance = std::fabs(full.target[i] - mean);
    spread += weightOf(i) * distance;
    variance += weightOf(i) * distance * distance;
  }
  spread /= totalWeight;
  variance /= totalWeight;
}

const TableView<float>* FitTable::single() const {
  if (!isSingleKnown_) {
    isSingleKnown_ = true;
    copySingle();
  }
  return single_ ? &single_->view : nullptr;
}

bool FitTable::isSingleRounding(double value) const {
  switch (loss.distance.kind) {
    case DistanceLoss::Kind::squared:
    case DistanceLoss::Kind::huber: return value < kSingleRounding * variance;
    default: return value < std::sqrt(kSingleRounding) * spread;
  }
}

void FitTable::copySingle() const {
  if (loss.kind != Loss::Kind::distance || rows == 0 || !(variance > 0)) return;
  if (!fitsSingle(momentsOf(full.target))) return;
  for (const double* column : full.columns)
    if (!fitsSingle(momentsOf({column, full.target.size()}))) return;
  if (!full.weights.empty() && !(momentsOf(full.weights).largest <= kLargest && totalWeight > kSmallest * rows)) return;
  auto made = std::make_shared<SingleTable>();
  const auto copy = [&](Span<const double> values, double shift) {
    Floats column((values.size() + 15) / 16 * 16);
    for (size_t i = 0; i < column.size(); ++i)
      column[i] = static_cast<float>(values[std::min(i, values.size() - 1)] - shift);
    made->storage.push_back(std::move(column));
    return Span<const float>(made->storage.back().data(), values.size());
  };
  for (const double* column : full.columns) made->view.columns.push_back(copy({column, full.target.size()}, 0).data());
  made->view.target = copy(full.target, mean);
  if (!full.weights.empty()) made->view.weights = copy(full.weights, 0);
  made->view.shift = mean;
  made->view.isPadded = true;
  single_ = std::move(made);
}

}  // namespace halolaw::expression
