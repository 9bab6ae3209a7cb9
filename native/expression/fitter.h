// One formula on one table: its loss, the line scale * f + offset with the least loss, and the equations of a step in
// its constants. T is float or double, the precision of values and derivatives; sums are in double precision.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "expression/fit.h"

namespace halolaw::expression {

template <typename T>
const kernels::FitKernels<T>& fitKernels() {
  if constexpr (sizeof(T) == sizeof(float)) return kernels::fitKernelsOfBoth().single;
  else return kernels::fitKernelsOfBoth().full;
}

struct Line {
  double scale = 1, offset = 0;
};

template <typename T>
class Fitter {
 public:
  Fitter(const Program& program, const FitTable& table, const TableView<T>& view, bool free, FitScratch& scratch,
         FitColumns<T>& buffers)
      : program_(program), table_(table), view_(view), s_(scratch), buffers_(buffers), free_(free) {
    for (Column<T>* column : {&buffers.block, &buffers.slope, &buffers.curvature}) column->resize(kBlock);
    buffers.ones.assign(kBlock, 1);
    buffers.columns.resize(view.columns.size());
    if (free) {
      buffers.values.resize(wholeBlock(table.rows));
      buffers.trial.resize(wholeBlock(table.rows));
    }
  }

  /// The loss with these constants. If the line is free, finds the best line starting from `line` and keeps the
  /// formula's values for `acceptTrial`.
  double lossWith(Span<const double> constants, Line& line, bool isFirst, double bound) {
    double sum = 0;
    // the first rows alone reveal most formulas that are not finite everywhere
    for (int start = 0, rows; start < table_.rows; start += rows) {
      rows = std::min(start == 0 && isFirst ? kFirstBlock : kBlock, table_.rows - start);
      const Span<T> room = free_ ? Span<T>(buffers_.trial).from(static_cast<size_t>(start)) : Span<T>(buffers_.block);
      evaluateBlock<T>(program_, columnsFrom(start), constants, room.part(0, evaluatedRows(rows)), s_.evaluation);
      const Span<const T> values = room.part(0, static_cast<size_t>(rows));
      if (!fitKernels<T>().allFinite(values)) return kInfinite;
      if (free_) continue;
      sum += lossOf(values, {1, 0}, start);
      if (!(sum <= bound * table_.totalWeight)) return kInfinite;
    }
    if (!free_) return std::isfinite(sum) ? sum / table_.totalWeight : kInfinite;
    return fitLine(allRows(buffers_.trial), true, line, isFirst);
  }

  void acceptTrial() { buffers_.values.swap(buffers_.trial); }
  /// The losses of the accepted values without a line, and with the best ratio, which is returned in `ratio`.
  double acceptedLoss() { return lineLoss(allRows(buffers_.values), {1, 0}); }
  double acceptedRatioLoss(double& ratio) {
    Line line = {ratio, 0};
    const double loss = fitLine(allRows(buffers_.values), false, line, true);
    ratio = line.scale;
    return loss;
  }

  /// Normal equations of a step in the constants, and in scale and offset if they are free; false if the equations are
  /// not finite.
  bool equations(Span<const double> constants, Line line, double kink) {
    const int parameters = program_.parameters, count = parameters + (free_ ? 2 : 0);
    buffers_.jacobian.resize(static_cast<size_t>(kBlock * parameters));
    buffers_.derivatives.resize(static_cast<size_t>(count));
    for (int p = 0; p < parameters; ++p)
      buffers_.derivatives[static_cast<size_t>(p)] = buffers_.jacobian.data() + kBlock * p;
    if (free_) {
      buffers_.derivatives[static_cast<size_t>(parameters)] = buffers_.block.data();
      buffers_.derivatives[static_cast<size_t>(parameters + 1)] = buffers_.ones.data();
    }
    s_.normal.assign(static_cast<size_t>(count * count), 0);
    s_.gradient.assign(static_cast<size_t>(count), 0);
    for (int start = 0; start < table_.rows; start += kBlock) {
      const int rows = std::min(kBlock, table_.rows - start);
      jacobianBlock<T>(program_, columnsFrom(start), constants,
                       {Span<T>(buffers_.block).part(0, evaluatedRows(rows)), buffers_.derivatives, {}}, s_.evaluation);
      const auto values = Span<const T>(buffers_.block).part(0, static_cast<size_t>(rows));
      slopesOf(values, free_ ? line : Line{}, start, kink);
      fitKernels<T>().normalEquations(buffers_.derivatives, Span<const T>(buffers_.curvature).part(0, values.size()),
                                      Span<const T>(buffers_.slope).part(0, values.size()), s_.normal, s_.gradient);
    }
    for (int p = 0; p < count; ++p) {
      // a constant's derivative is that of f times the scale
      const double factor = free_ && p < parameters ? line.scale : 1;
      s_.gradient[static_cast<size_t>(p)] *= factor;
      if (!std::isfinite(s_.gradient[static_cast<size_t>(p)])) return false;
      for (int q = 0; q <= p; ++q) {
        double& entry = s_.normal[static_cast<size_t>(p * count + q)];
        entry *= factor * (free_ && q < parameters ? line.scale : 1);
        if (!std::isfinite(entry)) return false;
        // a parameter without effect must not make the matrix singular
        if (p == q && !(entry > 0)) entry = 1;
      }
    }
    return true;
  }

  /// Distance from the target within which a kink is rounded off.
  double kinkOf(double loss, double share) const {
    return share * (table_.loss.kind == Loss::Kind::formula ? table_.spread : loss) + 1e-300;
  }

  /// Kinks are rounded off within this share of the loss; the last fit of a formula continues to the finest.
  static constexpr double kWidestKink = 1e-3, kFinestKink = 1e-7;

 private:
  static constexpr double kInfinite = std::numeric_limits<double>::infinity();
  /// Rows fitted at once.
  static constexpr int kBlock = kLossBlock;
  static constexpr int kFirstBlock = 64;

  /// Finds the line with the least loss of scale * f + offset, by Newton's steps from `line`; returns its loss.
  double fitLine(Span<const T> f, bool withOffset, Line& line, bool isFirst) {
    if (table_.loss.isSquared()) {
      line = newtonStep(table_.loss, f, withOffset, {0, withOffset ? table_.mean : 0}, 0);
      return lineLoss(f, line);
    }
    double loss = isFirst ? kInfinite : lineLoss(f, line);
    if (!std::isfinite(loss)) loss = startLine(f, withOffset, line);
    // rounds kinks off widely at first, because parabolas that cover many rows take longer steps
    double share = isFirst ? 0.3 : 0.01;
    for (int round = 0; round < (isFirst ? 8 : 3) && std::isfinite(loss);
         ++round, share = std::max(share / 3, kWidestKink)) {
      Line next = newtonStep(table_.loss, f, withOffset, line, kinkOf(loss, share));
      double nextLoss = lineLoss(f, next);
      for (int halving = 0; halving < 4 && !(nextLoss < loss); ++halving) {
        next = {(next.scale + line.scale) / 2, (next.offset + line.offset) / 2};
        nextLoss = lineLoss(f, next);
      }
      if (!(nextLoss < loss)) break;
      const bool isLast = loss - nextLoss < 1e-4 * loss && !(table_.loss.hasKink() && share > kWidestKink);
      line = next;
      loss = nextLoss;
      if (isLast) break;
    }
    return loss;
  }

  /// The least-squares line; if it puts rows outside the loss's domain, the target's mean or the ratio of the means.
  double startLine(Span<const T> f, bool withOffset, Line& line) {
    double sum = 0;
    for (size_t i = 0; i < f.size(); ++i) sum += table_.weightOf(i) * static_cast<double>(f[i]);
    const Line mean = withOffset ? Line{0, table_.mean} : Line{table_.mean * table_.totalWeight / sum, 0};
    const Line squares = newtonStep(Loss{}, f, withOffset, {0, withOffset ? table_.mean : 0}, 0);
    double least = kInfinite;
    for (const Line& candidate : {squares, mean}) {
      if (!std::isfinite(candidate.scale) || !std::isfinite(candidate.offset)) continue;
      const double loss = lineLoss(f, candidate);
      if (!(loss < least)) continue;
      least = loss;
      line = candidate;
      break;
    }
    return least;
  }

  /// One Newton step of scale and offset; f is centred, which saves digits.
  Line newtonStep(const Loss& loss, Span<const T> f, bool withOffset, Line line, double kink) {
    double shift = 0;
    std::array<double, 5> sums;
    for (int pass = withOffset ? 0 : 1; pass < 2; ++pass) {
      sums.fill(0);
      forEachBlock(f, [&](Span<const T> part, int start) {
        addLineSums(loss, part, line, start, {kink, shift}, sums);
      });
      if (pass == 0) shift = sums[0] > 0 ? sums[1] / sums[0] : 0;
      if constexpr (std::is_same_v<T, float>) shift = static_cast<T>(shift);
    }
    // with f centred the two equations are nearly independent: sums[1] is only rounding error
    const double tilt = sums[2] > 0 ? -sums[4] / sums[2] : 0, lift = withOffset && sums[0] > 0 ? -sums[3] / sums[0] : 0;
    const Line next = {line.scale + tilt, line.offset + lift - tilt * shift};
    return std::isfinite(next.scale) && std::isfinite(next.offset) ? next : line;
  }

  double lineLoss(Span<const T> f, Line line) {
    double sum = 0;
    forEachBlock(f, [&](Span<const T> part, int start) { sum += lossOf(part, line, start); });
    return std::isfinite(sum) ? sum / table_.totalWeight : kInfinite;
  }

  /// The loss of a block of rows that begins at row `start`.
  double lossOf(Span<const T> f, Line line, int start) {
    if constexpr (std::is_same_v<T, double>)
      if (table_.loss.kind != Loss::Kind::distance) return lossSum(table_.loss, predicted(f, line, start), s_.loss);
    return fitKernels<T>().lossSum(table_.loss.distance, rowsAt(f, line, start));
  }

  void slopesOf(Span<const T> f, Line line, int start, double kink) {
    if constexpr (std::is_same_v<T, double>)
      if (table_.loss.kind != Loss::Kind::distance) {
        const LossSlopes out = {Span<T>(buffers_.slope).part(0, f.size()),
                                Span<T>(buffers_.curvature).part(0, f.size())};
        return lossSlopes(table_.loss, predicted(f, line, start), kink, out, s_.loss);
      }
    fitKernels<T>().lossSlopes(table_.loss.distance, rowsAt(f, line, start), kink, buffers_.slope, buffers_.curvature);
  }

  struct Rounding {
    double kink, shift;  // of kinks, and of the formula's values before products are taken
  };

  void addLineSums(const Loss& loss, Span<const T> f, Line line, int start, Rounding by, Span<double> sums) {
    if (loss.kind == Loss::Kind::distance)
      return fitKernels<T>().lineSums(loss.distance, rowsAt(f, line, start), by.kink, by.shift, sums);
    slopesOf(f, line, start, by.kink);
    for (size_t i = 0; i < f.size(); ++i) {
      const double slope = buffers_.slope[i], curvature = buffers_.curvature[i], value = f[i] - by.shift;
      sums[0] += curvature;
      sums[1] += curvature * value;
      sums[2] += curvature * value * value;
      sums[3] += slope;
      sums[4] += slope * value;
    }
  }

  kernels::LineRows<T> rowsAt(Span<const T> f, Line line, int start) const {
    const auto first = static_cast<size_t>(start);
    return {f, static_cast<T>(line.scale), static_cast<T>(line.offset - view_.shift),
            view_.target.part(first, f.size()),
            view_.weights.empty() ? Span<const T>() : view_.weights.part(first, f.size())};
  }

  LossRows predicted(Span<const double> f, Line line, int start) {
    const auto first = static_cast<size_t>(start);
    s_.prediction.resize(kBlock);
    for (size_t i = 0; i < f.size(); ++i) s_.prediction[i] = line.scale * f[i] + line.offset;
    return {Span<const double>(s_.prediction).part(0, f.size()), table_.full.target.part(first, f.size()),
            table_.full.weights.empty() ? Span<const double>() : table_.full.weights.part(first, f.size())};
  }

  /// body(the block's part of f, its first row)
  template <typename Body>
  void forEachBlock(Span<const T> f, Body body) const {
    for (int start = 0; start < table_.rows; start += kBlock)
      body(f.part(static_cast<size_t>(start), static_cast<size_t>(std::min(kBlock, table_.rows - start))), start);
  }

  Span<const T> allRows(const Column<T>& column) const {
    return Span<const T>(column).part(0, static_cast<size_t>(table_.rows));
  }

  static size_t wholeBlock(int rows) { return static_cast<size_t>((rows + 15) / 16 * 16); }
  /// Whole vectors are fastest; padded columns have them.
  size_t evaluatedRows(int rows) const { return view_.isPadded ? wholeBlock(rows) : static_cast<size_t>(rows); }

  Span<const T* const> columnsFrom(int start) {
    for (size_t v = 0; v < view_.columns.size(); ++v) buffers_.columns[v] = view_.columns[v] + start;
    return buffers_.columns;
  }

  const Program& program_;
  const FitTable& table_;
  const TableView<T>& view_;
  FitScratch& s_;
  FitColumns<T>& buffers_;
  const bool free_;
};

}  // namespace halolaw::expression
