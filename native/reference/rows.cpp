// The element-wise kernels of the graph network and its matrix products, number by number.
#include <cfloat>
#include <cmath>

#include "kernels/graph_network.h"
#include "reference/comparison.h"
#include "reference/grid.h"
#include "reference/network.h"

namespace halolaw::reference {

using kernels::Finish;
using kernels::kGroup;
using kernels::kRowSlack;

namespace {

const kernels::GraphNetworkKernels& fast() { return kernels::graphNetworkKernels(); }

/// A matrix of random rows with the slack that kernels may write to.
struct Matrix {
  std::vector<float> values;
  size_t row, rows;

  Matrix(Draw& draw, size_t rows, size_t row)
      : values(draw.column<float>((rows + kRowSlack) * row + kGroup, -1, 1)), row(row), rows(rows) {}
  operator Rows<float>() { return {values, row, rows}; }
  operator Rows<const float>() const { return {values, row, rows}; }
  double at(size_t r, size_t column) const { return values[r * row + column]; }
};

void compareMultiply(Comparison& result, Draw& draw) {
  const std::pair<Finish, const char*> finishes[] = {{Finish::keep, "product"},
                                                     {Finish::relu, "product, relu"},
                                                     {Finish::silu, "product, silu"},
                                                     {Finish::whereActive, "product, where active"},
                                                     {Finish::timesSlope, "product, times slope"}};
  for (const auto& [finish, name] : finishes)
    for (size_t rows = 1; rows <= 20; ++rows)
      for (size_t groups = 1; groups <= 4; ++groups) {
        const size_t depth = draw.below(70), width = groups * kGroup;
        const bool isTransposed = draw.below(2) == 1, sharesStart = draw.below(2) == 1;
        const Matrix a(draw, isTransposed ? depth : rows, isTransposed ? rows : depth + 3), b(draw, depth, width);
        const Matrix start(draw, sharesStart ? 1 : rows, width);
        Matrix c(draw, rows, width), slope(draw, rows, width);
        const Matrix slopeBefore = slope;
        fast().multiply({rows, depth, groups, a.values, isTransposed ? 1 : a.row, isTransposed ? a.row : 1, b.values,
                         width, start.values, sharesStart ? 0 : width, c.values, width, finish, slope.values, width});
        for (size_t m = 0; m < rows; ++m)
          for (size_t n = 0; n < width; ++n) {
            double sum = start.at(sharesStart ? 0 : m, n), size = 1 + std::fabs(sum);
            for (size_t k = 0; k < depth; ++k) {
              const double term = (isTransposed ? a.at(k, m) : a.at(m, k)) * b.at(k, n);
              sum += term;
              size += std::fabs(term);
            }
            const double logistic = 1 / (1 + std::exp(-sum));
            const double expected = finish == Finish::relu          ? std::fmax(0, sum)
                                    : finish == Finish::silu        ? sum * logistic
                                    : finish == Finish::whereActive ? (slopeBefore.at(m, n) > 0 ? sum : 0)
                                    : finish == Finish::timesSlope  ? sum * slopeBefore.at(m, n)
                                                                    : sum;
            result.add(name, c.at(m, n), expected, FLT_EPSILON * size);
            if (finish == Finish::silu)
              result.add("product, slope of silu", slope.at(m, n), logistic + sum * logistic * (1 - logistic),
                         FLT_EPSILON * size);
          }
      }
}

void compareSums(Comparison& result, Draw& draw) {
  for (size_t rows = 0; rows <= 9; ++rows)
    for (const size_t width : {size_t{16}, size_t{48}}) {
      Matrix in(draw, rows, width), out(draw, rows, width), slope(draw, rows, width);
      std::vector<float> sum = draw.column<float>(width, -1, 1), before = sum;
      fast().addRows(sum, in);
      std::vector<float> parts(width);
      fast().addParts(parts, in);
      std::vector<double> first(width, 0.0), squares(width, 0.0);
      fast().addMoments(first, squares, in);
      const std::vector<float> gradient = draw.column<float>(width, -1, 1);
      fast().spread(out, gradient, slope, Finish::timesSlope);
      Matrix active(draw, rows, width);
      fast().spread(active, gradient, slope, Finish::whereActive);
      Matrix pulled(draw, rows, width);
      for (size_t n = 0; rows > 0 && n < width; n += 3) in.values[n] = 0;  // no pull where a message is 0
      const double penalty = fast().spreadWithPenalty(pulled, gradient, in, 0.25f);
      double expectedPenalty = 0;
      for (size_t n = 0; n < width; ++n) {
        double total = 0, totalOfSquares = 0;
        for (size_t r = 0; r < rows; ++r) {
          const double x = in.at(r, n), sign = x > 0 ? 1 : x < 0 ? -1 : 0;
          expectedPenalty += std::fabs(x);
          result.add("spread, times slope", out.at(r, n), gradient[n] * slope.at(r, n), FLT_EPSILON);
          result.add("spread, where active", active.at(r, n), slope.at(r, n) > 0 ? gradient[n] : 0, FLT_EPSILON);
          result.add("spreadWithPenalty", pulled.at(r, n), gradient[n] + 0.25 * sign, FLT_EPSILON);
        }
        if (n % 3 == 0) continue;
        for (size_t r = 0; r < rows; ++r) {
          total += in.at(r, n);
          totalOfSquares += in.at(r, n) * in.at(r, n);
        }
        const double scale = 1 + static_cast<double>(rows);
        result.add("addRows", sum[n], before[n] + total, FLT_EPSILON * scale);
        result.add("addParts", parts[n], total, FLT_EPSILON * scale);
        result.add("addMoments", first[n], total, DBL_EPSILON * scale);
        result.add("addMoments", squares[n], totalOfSquares, DBL_EPSILON * scale);
      }
      result.add("spreadWithPenalty, sum", penalty, expectedPenalty, 8 * FLT_EPSILON * (1 + expectedPenalty));
    }
}

void comparePairInputs(Comparison& result) {
  const Halos h = randomHalos(60, {100, 100, 100}, 9);
  std::vector<kernels::PairKind> kinds;
  for (int k = 0; k <= static_cast<int>(kernels::PairKind::inverseR); ++k)
    kinds.push_back(static_cast<kernels::PairKind>(k));
  Draw draw(10);
  const size_t senderInputs = 2, width = senderInputs + kinds.size();
  const std::vector<float> table = draw.column<float>(h.count() * senderInputs, -1, 1);
  const std::vector<float> mean = draw.column<float>(kinds.size(), -1, 1);
  const std::vector<float> inverseScale = draw.column<float>(kinds.size(), 0.5, 2);
  for (uint32_t i = 0; i < h.count(); ++i) {
    const std::vector<Neighbour> neighbours = neighboursOf(h, i, 45);
    std::vector<uint32_t> index;
    std::vector<float> dx, dy, dz, r;
    for (const Neighbour& n : neighbours) {
      index.push_back(n.index);
      dx.push_back(static_cast<float>(n.dx));
      dy.push_back(static_cast<float>(n.dy));
      dz.push_back(static_cast<float>(n.dz));
      r.push_back(static_cast<float>(n.r));
    }
    std::vector<float> out(neighbours.size() * width);
    fast().pairInputs({i,
                       {index, dx, dy, dz, r},
                       table,
                       senderInputs,
                       kinds,
                       mean,
                       inverseScale,
                       {h.vx, h.vy, h.vz},
                       {out, width, neighbours.size()}});
    for (size_t n = 0; n < neighbours.size(); ++n) {
      for (size_t s = 0; s < senderInputs; ++s)
        result.check("pairInputs, sender", out[n * width + s] == table[neighbours[n].index * senderInputs + s]);
      for (size_t k = 0; k < kinds.size(); ++k) {
        const double expected = (pairInput(h, i, neighbours[n], kinds[k]) - mean[k]) * inverseScale[k];
        result.add("pairInputs", out[n * width + senderInputs + k], expected, FLT_EPSILON * (1 + std::fabs(expected)));
      }
    }
  }
}

void compareMessages(Comparison& result, Draw& draw) {
  for (const size_t width : {size_t{1}, size_t{3}, size_t{16}, size_t{21}}) {
    const size_t rows = 7, row = (2 * width + kGroup - 1) / kGroup * kGroup,
                 padded = (width + kGroup - 1) / kGroup * kGroup;
    Matrix outputs(draw, rows, row), drawn(draw, rows, padded);
    const std::vector<uint32_t> senders = {5, 0, 77, 123456, 8, 9, 4000000000u};
    const uint32_t receiver = 42, seed = 7, step = 1000;
    fast().drawMessages({width, outputs, receiver, senders, seed, step, drawn});
    std::vector<double> divergence(width, 0.0), expectedDivergence(width, 0.0);
    fast().addDivergence(divergence, outputs);
    const std::vector<float> gradient = draw.column<float>(padded, -1, 1);
    const Matrix before = outputs;
    const double total = fast().drawnGradient({width, outputs, drawn, gradient, 0.25f});
    double expectedTotal = 0;
    for (size_t e = 0; e < rows; ++e)
      for (size_t n = 0; n < width; ++n) {
        const double mean = before.at(e, n), logVariance = before.at(e, width + n),
                     deviation = std::exp(0.5 * logVariance);
        const double noise = messageNoise(receiver, senders[e], step, seed, static_cast<uint32_t>(n));
        result.add("drawMessages", drawn.at(e, n), mean + deviation * noise,
                   FLT_EPSILON * (1 + deviation * std::fabs(noise)));
        const double each = 0.5 * (mean * mean + deviation * deviation - logVariance - 1);
        expectedDivergence[n] += each;
        expectedTotal += each;
        result.add("drawnGradient", outputs.at(e, n), gradient[n] + 0.25 * mean, 4 * FLT_EPSILON);
        result.add("drawnGradient", outputs.at(e, width + n),
                   0.5 * (gradient[n] * deviation * noise + 0.25 * (deviation * deviation - 1)),
                   4 * FLT_EPSILON * (1 + deviation * std::fabs(noise)));
      }
    for (size_t n = 0; n < width; ++n)
      result.add("addDivergence", divergence[n], expectedDivergence[n], 8 * FLT_EPSILON * (1 + expectedDivergence[n]));
    result.add("drawnGradient, divergence", total, expectedTotal, 8 * FLT_EPSILON * (1 + expectedTotal));
  }
}

void compareAdam(Comparison& result, Draw& draw) {
  const size_t count = 67;
  const kernels::AdamStep step = {0.01f, 0.9f, 0.999f, 1e-8f, 1.2f, 3.5f, 0.1f, 0.97f};
  const std::vector<float> gradient = draw.column<float>(count, -1, 1);
  std::vector<float> w = draw.column<float>(count, -1, 1), m = draw.column<float>(count, -1, 1),
                     v = draw.column<float>(count, 0, 1), average = draw.column<float>(count, -1, 1);
  const std::vector<float> w0 = w, m0 = m, v0 = v, average0 = average;
  fast().adam(step, gradient, {w, m, v, average});
  for (size_t n = 0; n < count; ++n) {
    const double g = gradient[n], beta1 = step.beta1, beta2 = step.beta2;
    const double first = beta1 * m0[n] + (1 - beta1) * g, second = beta2 * v0[n] + (1 - beta2) * g * g;
    const double change = first * step.correction1 / (std::sqrt(second * step.correction2) + step.epsilon);
    const double weight = w0[n] - step.rate * (change + static_cast<double>(step.decay) * w0[n]);
    result.add("adam", m[n], first, 4 * FLT_EPSILON);
    result.add("adam", v[n], second, 4 * FLT_EPSILON);
    result.add("adam", w[n], weight, 4 * FLT_EPSILON);
    result.add("adam", average[n], weight + step.averageDecay * (average0[n] - weight), 4 * FLT_EPSILON);
  }
}

}  // namespace

void compareRows(Comparison& result) {
  Draw draw(8);
  compareMultiply(result, draw);
  compareSums(result, draw);
  comparePairInputs(result);
  compareMessages(result, draw);
  compareAdam(result, draw);
}

}  // namespace halolaw::reference
