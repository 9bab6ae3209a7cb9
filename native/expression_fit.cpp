#include "expression_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "expression_fit_kernels.h"

namespace halolaw {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Solves (A + damping * diag A) step = -gradient by Cholesky; false where A is not positive definite.
bool solveDamped(const std::vector<double>& a, const std::vector<double>& gradient, double damping, int n, std::vector<double>& factor, std::vector<double>& step) {
  factor = a;
  for (int i = 0; i < n; ++i) {
    double& diagonal = factor[static_cast<size_t>(i * n + i)];
    diagonal += damping * diagonal + 1e-300;
  }
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = factor[static_cast<size_t>(i * n + j)];
      for (int k = 0; k < j; ++k) sum -= factor[static_cast<size_t>(i * n + k)] * factor[static_cast<size_t>(j * n + k)];
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

double weightOf(const FitData& data, int row) { return data.weights.empty() ? 1.0 : data.weights[static_cast<size_t>(row)]; }

/// Weighted mean loss of scale * f + offset against the target.
double lossOf(const FitData& data, const double* f, double scale, double offset) {
  double sum = 0, weights = 0;
  for (int i = 0; i < data.rows; ++i) {
    const double r = scale * f[i] + offset - data.target[static_cast<size_t>(i)], w = weightOf(data, i);
    sum += w * (data.loss == Loss::squared ? r * r : std::fabs(r));
    weights += w;
  }
  return std::isfinite(sum) ? sum / weights : kInfinity;
}

/// Least-squares (or, by reweighting, least-absolute) scale and offset of f; offset stays 0 when `withOffset` is false.
void fitLine(const FitData& data, const double* f, bool withOffset, double& scale, double& offset) {
  const int rounds = data.loss == Loss::squared ? 1 : 6;
  for (int round = 0; round < rounds; ++round) {
    double floor = 0;
    if (round > 0) floor = 1e-3 * lossOf(data, f, scale, offset) + 1e-300;
    double w = 0, wf = 0, wy = 0;
    const auto weight = [&](int i) {
      if (round == 0) return weightOf(data, i);
      return weightOf(data, i) / std::max(floor, std::fabs(scale * f[i] + offset - data.target[static_cast<size_t>(i)]));
    };
    if (withOffset) {
      for (int i = 0; i < data.rows; ++i) {
        const double wi = weight(i);
        w += wi;
        wf += wi * f[i];
        wy += wi * data.target[static_cast<size_t>(i)];
      }
    }
    const double meanF = withOffset ? wf / w : 0, meanY = withOffset ? wy / w : 0;
    double ff = 0, fy = 0;
    for (int i = 0; i < data.rows; ++i) {
      const double wi = weight(i), a = f[i] - meanF;
      ff += wi * a * a;
      fy += wi * a * (data.target[static_cast<size_t>(i)] - meanY);
    }
    const double nextScale = ff > 0 ? fy / ff : 0, nextOffset = meanY - nextScale * meanF;
    if (!std::isfinite(nextScale) || !std::isfinite(nextOffset)) return;
    scale = nextScale;
    offset = nextOffset;
  }
}

}  // namespace

FitResult fitConstants(const Program& program, double* constants, const FitData& data, bool free, int iterations, double tolerance, FitScratch& s) {
  const int rows = data.rows, own = program.parameters;
  const size_t n = static_cast<size_t>(rows);
  FitResult result = {kInfinity, 1, 0, kInfinity, 1, kInfinity};
  s.values.resize(n);
  evaluateBlock<double>(program, data.pointers.data(), constants, rows, s.values.data(), s.workspace);
  for (int i = 0; i < rows; ++i)
    if (!std::isfinite(s.values[static_cast<size_t>(i)])) return result;

  double scale = 1, offset = 0;
  if (free) fitLine(data, s.values.data(), true, scale, offset);
  double loss = lossOf(data, s.values.data(), scale, offset);
  if (own > 0 && iterations > 0 && std::isfinite(loss)) {
    const int extra = free ? 2 : 0, count = own + extra;
    s.trial.resize(n);
    s.residual.resize(n);
    s.weight.resize(n);
    s.jacobian.resize(n * static_cast<size_t>(count));
    s.columns.resize(static_cast<size_t>(count));
    for (int p = 0; p < count; ++p) s.columns[static_cast<size_t>(p)] = s.jacobian.data() + n * static_cast<size_t>(p);
    s.normal.resize(static_cast<size_t>(count * count));
    s.gradient.resize(static_cast<size_t>(count));
    s.constants.assign(constants, constants + program.constants.size());
    double damping = 1e-2;
    bool fresh = true;
    for (int iteration = 0; iteration < iterations; ++iteration) {
      if (fresh) {
        jacobianBlock<double>(program, data.pointers.data(), constants, rows, s.values.data(), s.columns.data(), nullptr, s.workspace);
        if (free) {
          for (int p = 0; p < own; ++p)
            for (int i = 0; i < rows; ++i) s.columns[static_cast<size_t>(p)][i] *= scale;
          std::copy(s.values.begin(), s.values.end(), s.columns[static_cast<size_t>(own)]);
          std::fill_n(s.columns[static_cast<size_t>(own + 1)], rows, 1.0);
        }
        const double floor = 1e-3 * loss + 1e-300;
        for (size_t i = 0; i < n; ++i) {
          s.residual[i] = scale * s.values[i] + offset - data.target[i];
          s.weight[i] = weightOf(data, static_cast<int>(i));
          if (data.loss == Loss::absolute) s.weight[i] /= std::max(floor, std::fabs(s.residual[i]));
        }
        fitKernels().normalEquations(s.columns.data(), count, s.weight.data(), s.residual.data(), rows, s.normal.data(), s.gradient.data());
        bool finite = true;
        for (double v : s.normal) finite = finite && std::isfinite(v);
        if (!finite) break;
        // a parameter without effect must not make the matrix singular
        for (int p = 0; p < count; ++p) {
          double& diagonal = s.normal[static_cast<size_t>(p * count + p)];
          if (!(diagonal > 0)) diagonal = 1;
        }
      }
      if (!solveDamped(s.normal, s.gradient, damping, count, s.factor, s.step)) {
        damping = std::max(damping * 10, 1e-9);
        fresh = false;
        if (damping > 1e10) break;
        continue;
      }
      for (int p = 0; p < own; ++p) s.constants[static_cast<size_t>(p)] = constants[p] + s.step[static_cast<size_t>(p)];
      evaluateBlock<double>(program, data.pointers.data(), s.constants.data(), rows, s.trial.data(), s.workspace);
      double trialScale = free ? scale + s.step[static_cast<size_t>(own)] : 1, trialOffset = free ? offset + s.step[static_cast<size_t>(own + 1)] : 0;
      // for the new constants the best line is known outright
      if (free) fitLine(data, s.trial.data(), true, trialScale, trialOffset);
      const double trialLoss = lossOf(data, s.trial.data(), trialScale, trialOffset);
      fresh = trialLoss < loss;
      if (fresh) {
        const double gain = (loss - trialLoss) / loss;
        loss = trialLoss;
        scale = trialScale;
        offset = trialOffset;
        std::copy_n(s.constants.begin(), own, constants);
        s.values.swap(s.trial);
        damping = std::max(damping / 5, 1e-12);
        if (gain < tolerance || !(loss > 0)) break;
      } else {
        damping *= 6;
        if (damping > 1e10) break;
      }
    }
  }
  result.scaledLoss = loss;
  result.scale = scale;
  result.offset = offset;
  result.plainLoss = lossOf(data, s.values.data(), 1, 0);
  if (free) {
    double ratio = scale, none = 0;
    fitLine(data, s.values.data(), false, ratio, none);
    result.ratio = ratio;
    result.ratioLoss = lossOf(data, s.values.data(), ratio, 0);
  } else {
    result.ratioLoss = result.plainLoss;
  }
  return result;
}

}  // namespace halolaw
