#include "expression/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "expression/fitter.h"

namespace halolaw::expression {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Solves (A + damping * diag A) step = -gradient by Cholesky; false where A is not positive definite.
bool solveDamped(const std::vector<double>& a, const std::vector<double>& gradient, double damping, int n,
                 std::vector<double>& factor, std::vector<double>& step) {
  factor = a;
  for (int i = 0; i < n; ++i) {
    double& diagonal = factor[static_cast<size_t>(i * n + i)];
    diagonal += damping * diagonal + 1e-300;
  }
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = factor[static_cast<size_t>(i * n + j)];
      for (int k = 0; k < j; ++k)
        sum -= factor[static_cast<size_t>(i * n + k)] * factor[static_cast<size_t>(j * n + k)];
      if (i == j) {
        if (!(sum > 0)) return false;
        factor[static_cast<size_t>(i * n + i)] = std::sqrt(sum);
      } else {
        factor[static_cast<size_t>(i * n + j)] = sum / factor[static_cast<size_t>(j * n + j)];
      }
    }
  }
  step.assign(static_cast<size_t>(n), 0);
  for (int i = 0; i < n; ++i) {
    double sum = -gradient[static_cast<size_t>(i)];
    for (int k = 0; k < i; ++k) sum -= factor[static_cast<size_t>(i * n + k)] * step[static_cast<size_t>(k)];
    step[static_cast<size_t>(i)] = sum / factor[static_cast<size_t>(i * n + i)];
  }
  for (int i = n - 1; i >= 0; --i) {
    double sum = step[static_cast<size_t>(i)];
    for (int k = i + 1; k < n; ++k) sum -= factor[static_cast<size_t>(k * n + i)] * step[static_cast<size_t>(k)];
    step[static_cast<size_t>(i)] = sum / factor[static_cast<size_t>(i * n + i)];
  }
  return true;
}

/// Levenberg-Marquardt steps in one precision. False where that precision does not suffice; `constants` then hold the
/// best steps so far.
template <typename T>
bool fitIn(const Program& program, Span<double> constants, const FitTable& table, const TableView<T>& view,
           const FitOptions& options, FitScratch& s, FitColumns<T>& columns, FitResult& result) {
  constexpr bool isSingle = sizeof(T) == sizeof(float);
  const int parameters = program.parameters, count = parameters + (options.free ? 2 : 0);
  Fitter<T> fitter(program, table, view, options.free, s, columns);
  Line line;
  double loss = fitter.lossWith(constants, line, true, options.bound);
  result = {kInfinity, 1, 0, kInfinity, 1, kInfinity};
  if (!std::isfinite(loss)) return !isSingle;
  fitter.acceptTrial();
  s.constants.assign(constants.begin(), constants.end());
  double damping = 1e-2, kink = Fitter<T>::kWidestKink;
  bool fresh = true;
  for (int iteration = 0; parameters > 0 && iteration < options.iterations; ++iteration) {
    if (isSingle && table.isSingleRounding(loss)) return false;
    if (fresh && !fitter.equations(constants, line, fitter.kinkOf(loss, kink))) {
      if (isSingle) return false;
      break;
    }
    fresh = false;
    if (!solveDamped(s.normal, s.gradient, damping, count, s.factor, s.step)) {
      damping = std::max(damping * 10, 1e-9);
      if (damping > 1e10) break;
      continue;
    }
    for (int p = 0; p < parameters; ++p)
      s.constants[static_cast<size_t>(p)] = constants[static_cast<size_t>(p)] + s.step[static_cast<size_t>(p)];
    Line trial = line;
    if (options.free) {
      trial.scale += s.step[static_cast<size_t>(parameters)];
      trial.offset += s.step[static_cast<size_t>(parameters + 1)];
    }
    // the sum stops as soon as it exceeds the present loss
    const double trialLoss = fitter.lossWith(s.constants, trial, false, loss);
    if (trialLoss < loss) {
      const double gain = (loss - trialLoss) / loss;
      fresh = true;
      loss = trialLoss;
      line = trial;
      std::copy_n(s.constants.begin(), parameters, constants.begin());
      fitter.acceptTrial();
      damping = std::max(damping / 5, 1e-12);
      if (!(loss > 0)) break;
      if (gain >= options.tolerance) continue;
    } else {
      damping *= 6;
      if (damping <= 1e10) continue;
    }
    // converged; a fit with a tolerance of at most 1e-8 sharpens the kinks and continues
    if (!table.loss.hasKink() || options.tolerance > 1e-8 || kink <= Fitter<T>::kFinestKink) break;
    kink /= 10;
    damping = 1e-2;
    fresh = true;
  }
  if (isSingle && table.isSingleRounding(loss)) return false;
  result.scaledLoss = loss;
  result.scale = line.scale;
  result.offset = line.offset;
  if (options.free) {
    result.plainLoss = fitter.acceptedLoss();
    result.ratio = line.scale;
    result.ratioLoss = fitter.acceptedRatioLoss(result.ratio);
  } else {
    result.plainLoss = result.ratioLoss = loss;
  }
  return true;
}

}  // namespace

FitResult fitConstants(const Program& program, Span<double> constants, const FitTable& table, const FitOptions& options,
                       FitScratch& s) {
  FitResult result;
  const TableView<float>* single = options.single ? table.single() : nullptr;
  if (single && fitIn<float>(program, constants, table, *single, options, s, s.single, result)) return result;
  fitIn<double>(program, constants, table, table.full, options, s, s.full, result);
  return result;
}

}  // namespace halolaw::expression
