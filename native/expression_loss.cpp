#include "expression_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halolaw {

namespace {

/// Values of a formula over prediction, target and weight.
void evaluateOwn(const Program& program, const LossRows& rows, double* out, LossScratch& s) {
  if (!rows.weight && s.ones.size() < static_cast<size_t>(rows.rows)) s.ones.assign(static_cast<size_t>(rows.rows), 1.0);
  const double* columns[3] = {rows.prediction, rows.target, rows.weight ? rows.weight : s.ones.data()};
  evaluateBlock<double>(program, columns, program.constants.data(), rows.rows, out, s.workspace);
}

/// Twice the log-likelihood ratio of a count and its rate.
double deviance(double rate, double count) {
  if (!(rate > 0)) return std::numeric_limits<double>::infinity();
  return 2 * (count > 0 ? count * std::log(count / rate) - (count - rate) : rate);
}

/// Where the formula curves upwards that is its curvature, or that of the parabola through its axis at the target if it is
/// steeper; along straight pieces the latter alone.
void ownSlopes(const Loss& loss, const LossRows& rows, double floor, double* slope, double* curvature, LossScratch& s) {
  evaluateOwn(loss.slope, rows, slope, s);
  evaluateOwn(loss.curvature, rows, curvature, s);
  for (int i = 0; i < rows.rows; ++i) {
    const double r = rows.prediction[i] - rows.target[i], distance = std::max(std::fabs(r), floor);
    double g = slope[i], h = curvature[i];
    if (!std::isfinite(g)) g = h = 0;
    const bool outward = g * r > 0 && std::fabs(r) >= floor;
    if (h * distance > 1e-6 * std::fabs(g)) {
      if (outward) h = std::max(h, g / r);
    } else {
      h = std::fabs(g) / distance;
      if (std::fabs(r) < floor) g *= std::fabs(r) / floor;
    }
    slope[i] = g;
    curvature[i] = std::isfinite(h) ? h : 0;
  }
}

}  // namespace

double lossSum(const Loss& loss, const LossRows& rows, LossScratch& s) {
  double sum = 0;
  if (loss.kind == Loss::Kind::poisson) {
    for (int i = 0; i < rows.rows; ++i) sum += (rows.weight ? rows.weight[i] : 1.0) * deviance(rows.prediction[i], rows.target[i]);
    return sum;
  }
  s.values.resize(static_cast<size_t>(rows.rows));
  evaluateOwn(loss.value, rows, s.values.data(), s);
  for (double v : s.values) sum += v;
  return sum;
}

void lossSlopes(const Loss& loss, const LossRows& rows, double floor, double* slope, double* curvature, LossScratch& s) {
  if (loss.kind == Loss::Kind::own) return ownSlopes(loss, rows, floor, slope, curvature, s);
  for (int i = 0; i < rows.rows; ++i) {
    const double w = rows.weight ? rows.weight[i] : 1.0, rate = rows.prediction[i];
    slope[i] = w * 2 * (1 - rows.target[i] / rate);
    curvature[i] = w * 2 / rate;
  }
}

}  // namespace halolaw
