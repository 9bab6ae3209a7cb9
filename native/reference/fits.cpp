// Losses, normal equations and correlations, row by row.
#include <cfloat>
#include <cmath>

#include "expression/fitter.h"
#include "kernels/expression_library.h"
#include "reference/comparison.h"

namespace halolaw::reference {

namespace {

using kernels::DistanceLoss;

struct RowLoss {
  double value, slope, curvature;
};

/// A loss of the distance r, with the slope and curvature of its parabola; kinks rounded off within `floor`.
RowLoss lossOf(const DistanceLoss& loss, double r, double floor) {
  const double size = std::fabs(r), p = loss.parameter, rounded = std::fmax(size, floor);
  switch (loss.kind) {
    case DistanceLoss::Kind::squared: return {r * r, 2 * r, 2};
    case DistanceLoss::Kind::absolute: return {size, r / rounded, 1 / rounded};
    case DistanceLoss::Kind::huber:
      return size <= p ? RowLoss{0.5 * r * r, r, 1} : RowLoss{p * (size - 0.5 * p), p * r / size, p / size};
    case DistanceLoss::Kind::quantile:
      return {r <= 0 ? -p * r : (1 - p) * r, 0.5 * r / rounded + 0.5 - p, 0.5 / rounded};
  }
  return {};
}

template <typename T>
void compareFit(Comparison& result, const DistanceLoss& loss, const std::string& precision) {
  const kernels::FitKernels<T>& kernels = expression::fitKernels<T>();
  const double unit = sizeof(T) == sizeof(float) ? FLT_EPSILON : DBL_EPSILON, floor = 0.05, shift = 0.25;
  Draw draw(3);
  for (const size_t rows : {size_t{1}, size_t{15}, size_t{64}, size_t{1023}})
    for (const bool weighted : {false, true}) {
      const std::vector<T> values = draw.column<T>(rows, -2, 2), target = draw.column<T>(rows, -2, 2);
      const std::vector<T> weight = weighted ? draw.column<T>(rows, 0.1, 2) : std::vector<T>();
      const T scale = static_cast<T>(1.5), offset = static_cast<T>(-0.25);
      const kernels::LineRows<T> line = {values, scale, offset, target, weight};
      std::vector<T> slope(rows), curvature(rows);
      std::vector<double> sums(5, 0.0), expectedSums(5, 0.0), sizes(5, 0.0);
      kernels.lossSlopes(loss, line, floor, slope, curvature);
      kernels.lineSums(loss, line, floor, shift, sums);
      double total = 0;
      for (size_t i = 0; i < rows; ++i) {
        const double w = weighted ? static_cast<double>(weight[i]) : 1, f = values[i] - shift;
        const RowLoss row = lossOf(loss, scale * static_cast<double>(values[i]) + offset - target[i], floor);
        total += w * row.value;
        // at a kink the rounding of r decides; its effect is bounded by the slope's range over the floor
        result.add("lossSlopes" + precision, slope[i], w * row.slope,
                   8 * unit * w * (1 + std::fabs(row.slope)) / floor);
        result.add("lossSlopes" + precision, curvature[i], w * row.curvature, 8 * unit * w / (floor * floor));
        const double terms[5] = {w * row.curvature, w * row.curvature * f, w * row.curvature * f * f, w * row.slope,
                                 w * row.slope * f};
        for (size_t k = 0; k < 5; ++k) expectedSums[k] += terms[k], sizes[k] += std::fabs(terms[k]);
      }
      result.add("lossSum" + precision, kernels.lossSum(loss, line), total, 64 * unit * (1 + total));
      for (size_t k = 0; k < 5; ++k)
        result.add("lineSums" + precision, sums[k], expectedSums[k], 64 * unit * (1 + sizes[k]) / floor);
    }
}

template <typename T>
void compareEquations(Comparison& result, const std::string& precision) {
  const kernels::FitKernels<T>& kernels = expression::fitKernels<T>();
  const double unit = sizeof(T) == sizeof(float) ? FLT_EPSILON : DBL_EPSILON;
  Draw draw(4);
  for (const size_t rows : {size_t{1}, size_t{30}, size_t{1000}})
    for (size_t count = 1; count <= 7; ++count) {
      std::vector<std::vector<T>> columns;
      std::vector<const T*> pointers;
      for (size_t k = 0; k < count; ++k) columns.push_back(draw.column<T>(rows, -1, 1));
      for (const auto& column : columns) pointers.push_back(column.data());
      const std::vector<T> weight = draw.column<T>(rows, 0.1, 2), slope = draw.column<T>(rows, -1, 1);
      std::vector<double> normal(count * count, 0.0), gradient(count, 0.0);
      kernels.normalEquations(pointers, weight, slope, normal, gradient);
      for (size_t i = 0; i < count; ++i) {
        double expected = 0;
        for (size_t r = 0; r < rows; ++r) expected += static_cast<double>(columns[i][r]) * slope[r];
        result.add("normalEquations" + precision, gradient[i], expected, 8 * unit * static_cast<double>(rows));
        for (size_t j = 0; j <= i; ++j) {
          expected = 0;
          for (size_t r = 0; r < rows; ++r)
            expected += static_cast<double>(weight[r]) * columns[i][r] * static_cast<double>(columns[j][r]);
          result.add("normalEquations" + precision, normal[i * count + j], expected,
                     8 * unit * static_cast<double>(rows));
        }
      }
      std::vector<T> values = columns[0];
      result.check("allFinite" + precision, kernels.allFinite(values));
      values[draw.below(rows)] = draw.below(2) ? static_cast<T>(INFINITY) : static_cast<T>(NAN);
      result.check("allFinite" + precision, !kernels.allFinite(values));
    }
}

void compareLibrary(Comparison& result) {
  const kernels::LibraryKernels& kernels = kernels::libraryKernels();
  Draw draw(6);
  const size_t rows = 64, count = 21;
  const std::vector<float> library = draw.column<float>(rows * count, -1, 1), weight = draw.column<float>(rows, 0.5, 2);
  const std::vector<double> target = draw.column<double>(rows, -1, 1);
  std::vector<float> weightedTarget(rows), score(count);
  double sums[3] = {0, 0, 0};
  for (size_t i = 0; i < rows; ++i) {
    weightedTarget[i] = static_cast<float>(weight[i] * target[i]);
    sums[0] += weight[i];
    sums[1] += weight[i] * target[i];
    sums[2] += weight[i] * target[i] * target[i];
  }
  const std::vector<float> given = {static_cast<float>(sums[0]), static_cast<float>(sums[1]),
                                    static_cast<float>(sums[2])};
  kernels.correlate(library, weight, weightedTarget, given, score);
  std::vector<double> dots(count);
  kernels.dots(library, target, dots);
  for (size_t k = 0; k < count; ++k) {
    double first = 0, second = 0, cross = 0, dot = 0;
    for (size_t i = 0; i < rows; ++i) {
      const double l = library[k * rows + i];
      first += weight[i] * l;
      second += weight[i] * l * l;
      cross += weight[i] * l * target[i];
      dot += l * target[i];
    }
    const double covariance = cross - first * sums[1] / sums[0];
    const double variances = (second - first * first / sums[0]) * (sums[2] - sums[1] * sums[1] / sums[0]);
    result.add("correlate", score[k], covariance * covariance / variances, 64 * FLT_EPSILON);
    result.add("dots", dots[k], dot, 64 * DBL_EPSILON * static_cast<double>(rows));
  }
  for (size_t n = 0; n < 2000; ++n) {
    const std::vector<double> gram = draw.column<double>(draw.below(30), -1, 1);
    const std::vector<double> cross = draw.column<double>(gram.size(), -0.3, 0.3);
    const double ofI = draw.uniform(-0.3, 0.3), least = draw.uniform(0.05, 0.4);
    bool expected = false, isClear = true;
    for (size_t j = 0; j < gram.size(); ++j) {
      const double r = gram[j], c = cross[j], rest = 1 - r * r,
                   explained = (ofI * ofI + c * c - 2 * ofI * c * r) / rest;
      if (rest < 1e-6) continue;
      expected |= explained > least;
      isClear &= std::fabs(explained - least) > 1e-9;
    }
    if (isClear) result.check("anyPairAbove", kernels.anyPairAbove(gram, cross, ofI, least) == expected);
  }
}

}  // namespace

void compareFits(Comparison& result) {
  using Kind = DistanceLoss::Kind;
  for (const DistanceLoss& loss : {DistanceLoss{Kind::squared, 0}, DistanceLoss{Kind::absolute, 0},
                                   DistanceLoss{Kind::huber, 0.5}, DistanceLoss{Kind::quantile, 0.3}}) {
    compareFit<float>(result, loss, " in single precision");
    compareFit<double>(result, loss, "");
  }
  compareEquations<float>(result, " in single precision");
  compareEquations<double>(result, "");
  compareLibrary(result);
}

}  // namespace halolaw::reference
