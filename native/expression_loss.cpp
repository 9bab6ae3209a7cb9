#include "expression_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "expression_fit_kernels.h"

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

template <typename F>
double sumOver(const LossRows& rows, F each) {
  double sum = 0;
  for (int i = 0; i < rows.rows; ++i) sum += (rows.weight ? rows.weight[i] : 1.0) * each(rows.prediction[i], rows.target[i]);
  return sum;
}

/// `each(r, target, slope, curvature)` of an unweighted row; weighted here.
template <typename F>
void slopesOver(const LossRows& rows, double* slope, double* curvature, F each) {
  for (int i = 0; i < rows.rows; ++i) {
    double g = 0, h = 0;
    each(rows.prediction[i], rows.target[i], g, h);
    const double w = rows.weight ? rows.weight[i] : 1.0;
    slope[i] = w * g;
    curvature[i] = w * h;
  }
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
  switch (loss.kind) {
    case Loss::Kind::squared:
      return fitKernels().squaredSum(rows.prediction, rows.target, rows.weight, rows.rows);
    case Loss::Kind::absolute:
      return fitKernels().absoluteSum(rows.prediction, rows.target, rows.weight, rows.rows);
    case Loss::Kind::huber: {
      const double delta = loss.parameter;
      return sumOver(rows, [delta](double p, double t) {
        const double r = std::fabs(p - t);
        return r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta);
      });
    }
    case Loss::Kind::quantile: {
      const double tau = loss.parameter;
      return sumOver(rows, [tau](double p, double t) { return t >= p ? tau * (t - p) : (1 - tau) * (p - t); });
    }
    case Loss::Kind::poisson:
      return sumOver(rows, deviance);
    case Loss::Kind::own:
      break;
  }
  s.values.resize(static_cast<size_t>(rows.rows));
  evaluateOwn(loss.value, rows, s.values.data(), s);
  double sum = 0;
  for (double v : s.values) sum += v;
  return sum;
}

void lossSlopes(const Loss& loss, const LossRows& rows, double floor, double* slope, double* curvature, LossScratch& s) {
  switch (loss.kind) {
    case Loss::Kind::squared:
      return slopesOver(rows, slope, curvature, [](double p, double t, double& g, double& h) { g = 2 * (p - t), h = 2; });
    case Loss::Kind::absolute:
      return slopesOver(rows, slope, curvature, [floor](double p, double t, double& g, double& h) {
        h = 1 / std::max(floor, std::fabs(p - t)), g = h * (p - t);
      });
    case Loss::Kind::huber: {
      const double delta = loss.parameter;
      return slopesOver(rows, slope, curvature, [delta](double p, double t, double& g, double& h) {
        h = std::min(1.0, delta / std::fabs(p - t)), g = h * (p - t);
      });
    }
    case Loss::Kind::quantile: {
      const double tau = loss.parameter;
      return slopesOver(rows, slope, curvature, [floor, tau](double p, double t, double& g, double& h) {
        h = 0.5 / std::max(floor, std::fabs(p - t)), g = h * (p - t) + 0.5 - tau;
      });
    }
    case Loss::Kind::poisson:
      return slopesOver(rows, slope, curvature, [](double p, double t, double& g, double& h) { g = 2 * (1 - t / p), h = 2 / p; });
    case Loss::Kind::own:
      return ownSlopes(loss, rows, floor, slope, curvature, s);
  }
}

}  // namespace halolaw
