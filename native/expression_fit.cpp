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

struct Line {
  double scale = 1, offset = 0;
};

/// Rows fitted at once.
constexpr int kBlock = kLossBlock;
/// The first rows alone tell most formulas that are not finite everywhere.
constexpr int kFirstBlock = 64;
/// Kinks are rounded off within this share of the loss; the last fit of a formula goes on to the finest.
constexpr double kWidestKink = 1e-3, kFinestKink = 1e-7;

/// One formula on one table.
class Fitter {
 public:
  Fitter(const Program& program, const FitData& data, bool free, FitScratch& s) : program_(program), data_(data), s_(s), free_(free) {
    s.block.resize(kBlock);
    s.prediction.resize(kBlock);
    s.slope.resize(kBlock);
    s.curvature.resize(kBlock);
    s.columns.resize(data.columns.size());
    if (free) {
      s.values.resize(static_cast<size_t>(data.rows));
      s.trial.resize(static_cast<size_t>(data.rows));
    }
  }

  /// The loss with these constants; where the line is free, the best line is found from `line` on and the formula's values stay in s.trial.
  double lossWith(const double* constants, Line& line, bool isFirst, double bound) {
    double sum = 0;
    for (int start = 0, rows; start < data_.rows; start += rows) {
      rows = std::min(start == 0 ? kFirstBlock : kBlock, data_.rows - start);
      double* values = free_ ? s_.trial.data() + start : s_.block.data();
      evaluateBlock<double>(program_, columnsFrom(start), constants, rows, values, s_.workspace);
      if (!fitKernels().allFinite(values, rows)) return kInfinity;
      if (free_) continue;
      sum += lossSum(data_.loss, rowsAt(start, rows, values), s_.loss);
      if (!(sum <= bound * data_.totalWeight)) return kInfinity;
    }
    if (!free_) return std::isfinite(sum) ? sum / data_.totalWeight : kInfinity;
    return fitLine(s_.trial.data(), true, line, isFirst);
  }

  /// The line that makes the loss of scale * f + offset least, Newton's steps from `line` on; its loss.
  double fitLine(const double* f, bool withOffset, Line& line, bool isFirst) {
    const bool squared = data_.loss.kind == Loss::Kind::squared;
    if (squared) {
      line = newtonStep(f, withOffset, {0, withOffset ? data_.mean : 0}, 0);
      return lineLoss(f, line);
    }
    double loss = isFirst ? kInfinity : lineLoss(f, line);
    if (!std::isfinite(loss)) loss = startLine(f, withOffset, line);
    // kinks are rounded off widely at first: parabolas that see many rows take longer steps
    double share = isFirst ? 0.3 : 0.01;
    for (int round = 0; round < (isFirst ? 8 : 3) && std::isfinite(loss); ++round, share = std::max(share / 3, kWidestKink)) {
      Line next = newtonStep(f, withOffset, line, kinkOf(loss, share));
      double nextLoss = lineLoss(f, next);
      for (int halving = 0; halving < 4 && !(nextLoss < loss); ++halving) {
        next = {(next.scale + line.scale) / 2, (next.offset + line.offset) / 2};
        nextLoss = lineLoss(f, next);
      }
      if (!(nextLoss < loss)) break;
      const bool isLast = loss - nextLoss < 1e-4 * loss && !(data_.loss.hasKink() && share > kWidestKink);
      line = next;
      loss = nextLoss;
      if (isLast) break;
    }
    return loss;
  }

  double lineLoss(const double* f, Line line) {
    double sum = 0;
    for (int start = 0; start < data_.rows; start += kBlock) {
      const int rows = std::min(kBlock, data_.rows - start);
      sum += lossSum(data_.loss, rowsAt(start, rows, predict(f + start, rows, line)), s_.loss);
    }
    return std::isfinite(sum) ? sum / data_.totalWeight : kInfinity;
  }

  /// Normal equations of a step in the constants, and in scale and offset where they are free; false where they are not finite.
  bool equations(const double* constants, Line line, double kink) {
    const int own = program_.parameters, count = own + (free_ ? 2 : 0);
    s_.jacobian.resize(static_cast<size_t>(kBlock * count));
    s_.derivatives.resize(static_cast<size_t>(count));
    for (int p = 0; p < count; ++p) s_.derivatives[static_cast<size_t>(p)] = s_.jacobian.data() + kBlock * p;
    s_.normal.assign(static_cast<size_t>(count * count), 0);
    s_.gradient.assign(static_cast<size_t>(count), 0);
    for (int start = 0; start < data_.rows; start += kBlock) {
      const int rows = std::min(kBlock, data_.rows - start);
      jacobianBlock<double>(program_, columnsFrom(start), constants, rows, s_.block.data(), s_.derivatives.data(), nullptr, s_.workspace);
      const double* prediction = free_ ? predict(s_.block.data(), rows, line) : s_.block.data();
      lossSlopes(data_.loss, rowsAt(start, rows, prediction), kink, s_.slope.data(), s_.curvature.data(), s_.loss);
      if (free_) {
        for (int p = 0; p < own; ++p)
          for (int i = 0; i < rows; ++i) s_.derivatives[static_cast<size_t>(p)][i] *= line.scale;
        std::copy_n(s_.block.data(), rows, s_.derivatives[static_cast<size_t>(own)]);
        std::fill_n(s_.derivatives[static_cast<size_t>(own + 1)], rows, 1.0);
      }
      fitKernels().normalEquations(s_.derivatives.data(), count, s_.curvature.data(), s_.slope.data(), rows, s_.normal.data(), s_.gradient.data());
    }
    for (int p = 0; p < count; ++p) {
      if (!std::isfinite(s_.gradient[static_cast<size_t>(p)])) return false;
      for (int q = 0; q <= p; ++q) {
        double& entry = s_.normal[static_cast<size_t>(p * count + q)];
        if (!std::isfinite(entry)) return false;
        // a parameter without effect must not make the matrix singular
        if (p == q && !(entry > 0)) entry = 1;
      }
    }
    return true;
  }

  /// How near to the target a kink is rounded off.
  double kinkOf(double loss, double share) const {
    return share * (data_.loss.kind == Loss::Kind::own ? data_.spread : loss) + 1e-300;
  }

 private:
  /// Squares' line, or, where that has rows out of the loss's domain, the target's mean or the ratio of the means.
  double startLine(const double* f, bool withOffset, Line& line) {
    double sum = 0;
    for (int i = 0; i < data_.rows; ++i) sum += data_.weightOf(i) * f[i];
    const Line mean = withOffset ? Line{0, data_.mean} : Line{data_.mean * data_.totalWeight / sum, 0};
    const Line candidates[2] = {squaresLine(f, withOffset), mean};
    double least = kInfinity;
    for (const Line& candidate : candidates) {
      if (!std::isfinite(candidate.scale) || !std::isfinite(candidate.offset)) continue;
      const double loss = lineLoss(f, candidate);
      if (!(loss < least)) continue;
      least = loss;
      line = candidate;
      break;
    }
    return least;
  }

  Line squaresLine(const double* f, bool withOffset) {
    FitData squares = data_;
    squares.loss = Loss{};
    return Fitter(program_, squares, false, s_).newtonStep(f, withOffset, {0, withOffset ? data_.mean : 0}, 0);
  }

  /// One Newton step of scale and offset; f is centred for the sake of digits.
  Line newtonStep(const double* f, bool withOffset, Line line, double kink) {
    double shift = 0, sums[5];
    for (int pass = withOffset ? 0 : 1; pass < 2; ++pass) {
      std::fill_n(sums, 5, 0.0);
      for (int start = 0; start < data_.rows; start += kBlock) {
        const int rows = std::min(kBlock, data_.rows - start);
        lossSlopes(data_.loss, rowsAt(start, rows, predict(f + start, rows, line)), kink, s_.slope.data(), s_.curvature.data(), s_.loss);
        fitKernels().lineSums(f + start, shift, s_.curvature.data(), s_.slope.data(), rows, sums);
      }
      if (pass == 0) shift = sums[0] > 0 ? sums[1] / sums[0] : 0;
    }
    // with f centred the two equations are nearly independent: sums[1] is what rounding left
    const double tilt = sums[2] > 0 ? -sums[4] / sums[2] : 0, lift = withOffset && sums[0] > 0 ? -sums[3] / sums[0] : 0;
    const Line next = {line.scale + tilt, line.offset + lift - tilt * shift};
    return std::isfinite(next.scale) && std::isfinite(next.offset) ? next : line;
  }

  const double* predict(const double* f, int rows, Line line) {
    for (int i = 0; i < rows; ++i) s_.prediction[static_cast<size_t>(i)] = line.scale * f[i] + line.offset;
    return s_.prediction.data();
  }

  LossRows rowsAt(int start, int rows, const double* prediction) const {
    return {prediction, data_.target + start, data_.weights ? data_.weights + start : nullptr, rows};
  }

  const double* const* columnsFrom(int start) {
    for (size_t v = 0; v < data_.columns.size(); ++v) s_.columns[v] = data_.columns[v] + start;
    return s_.columns.data();
  }

  const Program& program_;
  const FitData& data_;
  FitScratch& s_;
  const bool free_;
};

}  // namespace

void FitData::prepare() {
  totalWeight = mean = spread = 0;
  for (int i = 0; i < rows; ++i) {
    totalWeight += weightOf(i);
    mean += weightOf(i) * target[i];
  }
  mean /= totalWeight;
  for (int i = 0; i < rows; ++i) spread += weightOf(i) * std::fabs(target[i] - mean);
  spread /= totalWeight;
}

FitResult fitConstants(const Program& program, double* constants, const FitData& data, const FitOptions& options, FitScratch& s) {
  const int own = program.parameters, count = own + (options.free ? 2 : 0);
  Fitter fitter(program, data, options.free, s);
  Line line;
  double loss = fitter.lossWith(constants, line, true, options.bound);
  FitResult result = {kInfinity, 1, 0, kInfinity, 1, kInfinity};
  if (!std::isfinite(loss)) return result;
  s.values.swap(s.trial);
  s.constants.assign(constants, constants + program.constants.size());
  double damping = 1e-2, kink = kWidestKink;
  bool fresh = true;
  for (int iteration = 0; own > 0 && iteration < options.iterations; ++iteration) {
    if (fresh && !fitter.equations(constants, line, fitter.kinkOf(loss, kink))) break;
    fresh = false;
    if (!solveDamped(s.normal, s.gradient, damping, count, s.factor, s.step)) {
      damping = std::max(damping * 10, 1e-9);
      if (damping > 1e10) break;
      continue;
    }
    for (int p = 0; p < own; ++p) s.constants[static_cast<size_t>(p)] = constants[p] + s.step[static_cast<size_t>(p)];
    Line trial = line;
    if (options.free) {
      trial.scale += s.step[static_cast<size_t>(own)];
      trial.offset += s.step[static_cast<size_t>(own + 1)];
    }
    // the sum is given up as soon as it has grown past the present loss
    const double trialLoss = fitter.lossWith(s.constants.data(), trial, false, loss);
    if (trialLoss < loss) {
      const double gain = (loss - trialLoss) / loss;
      fresh = true;
      loss = trialLoss;
      line = trial;
      std::copy_n(s.constants.begin(), own, constants);
      s.values.swap(s.trial);
      damping = std::max(damping / 5, 1e-12);
      if (!(loss > 0)) break;
      if (gain >= options.tolerance) continue;
    } else {
      damping *= 6;
      if (damping <= 1e10) continue;
    }
    // at rest: a fit to the end sharpens the kinks and goes on
    if (!data.loss.hasKink() || options.tolerance > 1e-8 || kink <= kFinestKink) break;
    kink /= 10;
    damping = 1e-2;
    fresh = true;
  }
  result.scaledLoss = loss;
  result.scale = line.scale;
  result.offset = line.offset;
  if (options.free) {
    result.plainLoss = fitter.lineLoss(s.values.data(), {1, 0});
    Line ratio = {line.scale, 0};
    result.ratioLoss = fitter.fitLine(s.values.data(), false, ratio, true);
    result.ratio = ratio.scale;
  } else {
    result.plainLoss = result.ratioLoss = loss;
  }
  return result;
}

}  // namespace halolaw
