#include "expression/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halolaw::expression {

namespace {

/// Values of a user's formula over prediction, target and weight.
void evaluateLoss(const Program& program, const LossRows& rows, Span<double> out, LossScratch& s) {
  if (rows.weight.empty() && s.ones.size() < rows.size()) s.ones.assign(rows.size(), 1.0);
  const double* const weight = rows.weight.empty() ? s.ones.data() : rows.weight.data();
  const double* const columns[3] = {rows.prediction.data(), rows.target.data(), weight};
  evaluateBlock<double>(program, {columns, 3}, program.constants, out, s.evaluation);
}

/// Twice the log-likelihood ratio of a count and its rate.
double deviance(double rate, double count) {
  if (!(rate > 0)) return std::numeric_limits<double>::infinity();
  return 2 * (count > 0 ? count * std::log(count / rate) - (count - rate) : rate);
}

/// If the formula curves upwards, its curvature, or that of the parabola with its axis at the target if that is
/// steeper; on straight pieces, the parabola's curvature.
void formulaSlopes(const Loss& loss, const LossRows& rows, double floor, const LossSlopes& out, LossScratch& s) {
  evaluateLoss(loss.slope, rows, out.slope, s);
  evaluateLoss(loss.curvature, rows, out.curvature, s);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double r = rows.prediction[i] - rows.target[i], distance = std::max(std::fabs(r), floor);
    double g = out.slope[i], h = out.curvature[i];
    if (!std::isfinite(g)) g = h = 0;
    const bool outward = g * r > 0 && std::fabs(r) >= floor;
    if (h * distance > 1e-6 * std::fabs(g)) {
      if (outward) h = std::max(h, g / r);
    } else {
      h = std::fabs(g) / distance;
      if (std::fabs(r) < floor) g *= std::fabs(r) / floor;
    }
    out.slope[i] = g;
    out.curvature[i] = std::isfinite(h) ? h : 0;
  }
}

}  // namespace

double lossSum(const Loss& loss, const LossRows& rows, LossScratch& s) {
  double sum = 0;
  if (loss.kind == Loss::Kind::poisson) {
    for (size_t i = 0; i < rows.size(); ++i)
      sum += (rows.weight.empty() ? 1.0 : rows.weight[i]) * deviance(rows.prediction[i], rows.target[i]);
    return sum;
  }
  s.values.resize(rows.size());
  evaluateLoss(loss.value, rows, s.values, s);
  for (double v : s.values) sum += v;
  return sum;
}

void lossSlopes(const Loss& loss, const LossRows& rows, double floor, const LossSlopes& out, LossScratch& s) {
  if (loss.kind == Loss::Kind::formula) return formulaSlopes(loss, rows, floor, out, s);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double w = rows.weight.empty() ? 1.0 : rows.weight[i], rate = rows.prediction[i];
    out.slope[i] = w * 2 * (1 - rows.target[i] / rate);
    out.curvature[i] = w * 2 / rate;
  }
}

}  // namespace halolaw::expression
