// Pair variables and sums over neighbours, pair by pair.
#include "kernels/pair_columns.h"

#include <cmath>

#include "reference/comparison.h"
#include "reference/expression.h"
#include "reference/grid.h"
#include "sums/pair_sums.h"

namespace halolaw::reference {

namespace {

using sums::PairVariable;

constexpr size_t kVariables = static_cast<size_t>(PairVariable::count);

double length(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }
double ratio(double a, double b) { return b > 0 ? a / b : 0; }

/// Every pair variable of one pair, in the order of PairVariable.
std::vector<double> pairVariables(const Halos& h, uint32_t i, const Neighbour& n) {
  const uint32_t j = n.index;
  const double xi = h.vx[i], yi = h.vy[i], zi = h.vz[i], xj = h.vx[j], yj = h.vy[j], zj = h.vz[j];
  const double x = xj - xi, y = yj - yi, z = zj - zi;
  return {h.mass[i],
          h.mass[j],
          n.r,
          length(xi, yi, zi),
          length(xj, yj, zj),
          length(x, y, z),
          ratio(x * n.dx + y * n.dy + z * n.dz, n.r),
          ratio(xi * n.dx + yi * n.dy + zi * n.dz, length(xi, yi, zi) * n.r),
          ratio(xj * n.dx + yj * n.dy + zj * n.dz, length(xj, yj, zj) * n.r)};
}

const char* const kNames[] = {"fill",          "gather",         "widen",          "fill of speeds", "gather of speeds",
                              "relativeSpeed", "radialVelocity", "receiverCosine", "senderCosine"};

void compareIn(const grid::Sides& sides, Comparison& result) {
  const Halos h = randomHalos(400, sides, 7);
  const double radius = 25;
  sums::PairSumRequest request;
  request.grid = std::make_shared<grid::CellGrid>(h.x, h.y, h.z, h.sides, radius);
  auto data = std::make_shared<sums::HaloData>();
  data->mass = h.mass;
  data->vx = h.vx;
  data->vy = h.vy;
  data->vz = h.vz;
  for (uint32_t i = 0; i < h.count(); ++i) {
    data->speed.push_back(static_cast<float>(length(h.vx[i], h.vy[i], h.vz[i])));
    request.receivers.push_back(i);
  }
  request.halos = data;
  request.threads = 2;

  // the columns of single pairs
  std::vector<PairVariable> all;
  for (size_t v = 0; v < kVariables; ++v) all.push_back(static_cast<PairVariable>(v));
  for (uint32_t i = 0; i < h.count(); ++i) {
    const std::vector<Neighbour> neighbours = neighboursOf(h, i, radius);
    sums::PairSumRequest one = request;
    one.receivers.assign(neighbours.size(), i);
    std::vector<uint32_t> senders;
    for (const Neighbour& n : neighbours) senders.push_back(n.index);
    const std::vector<double> columns = sums::pairColumns(one, senders, all);
    for (size_t n = 0; n < neighbours.size(); ++n) {
      const std::vector<double> expected = pairVariables(h, i, neighbours[n]);
      for (size_t v = 0; v < kVariables; ++v)
        result.add(std::string("pairColumns.") + kNames[v], columns[v * neighbours.size() + n], expected[v],
                   1e-6 * (1 + std::fabs(expected[v])));
    }
  }

  // parameter 0 * massJ * exp(parameter 1 * r) + cosineI * radialVelocity * relativeSpeed, and its derivatives
  const auto leaf = [](kernels::Op op, size_t index) {
    return static_cast<int32_t>(op) | static_cast<int32_t>(index) << 8;
  };
  const auto variable = [&](PairVariable v) { return leaf(kernels::Op::variable, static_cast<size_t>(v)); };
  const auto op = [](kernels::Op each) { return static_cast<int32_t>(each); };
  using kernels::Op;
  expression::Program message;
  message.code = {leaf(Op::parameter, 0),
                  variable(PairVariable::massJ),
                  op(Op::multiply),
                  leaf(Op::parameter, 1),
                  variable(PairVariable::r),
                  op(Op::multiply),
                  op(Op::exp),
                  op(Op::multiply),
                  variable(PairVariable::cosineI),
                  variable(PairVariable::radialVelocity),
                  op(Op::multiply),
                  variable(PairVariable::relativeSpeed),
                  op(Op::multiply),
                  op(Op::add)};
  message.constants = {0.7, -0.1};
  message.parameters = 2;
  message.variables = static_cast<int>(kVariables);
  message.layOut();
  request.messages = {message};
  const std::vector<float> edges = {1, 8, 15, 24};
  const std::vector<double> summed = sums::sumMessages(request), shells = sums::sumShells(request, edges);
  for (uint32_t i = 0; i < h.count(); ++i) {
    double expected[3] = {0, 0, 0}, size = 0;
    std::vector<double> counts(2 * (edges.size() - 1), 0.0);
    for (const Neighbour& n : neighboursOf(h, i, radius)) {
      const std::vector<double> row = pairVariables(h, i, n);
      for (int k = 0; k < 2; ++k) {
        const Dual one = evaluate(message, row, {Op::parameter, k});
        if (k == 0) expected[0] += one.value, size += std::fabs(one.value);
        expected[1 + k] += one.slope;
        size += std::fabs(one.slope);
      }
      for (size_t s = 0; s + 1 < edges.size(); ++s)
        if (static_cast<float>(n.r) >= edges[s] && static_cast<float>(n.r) < edges[s + 1]) {
          counts[s] += 1;
          counts[edges.size() - 1 + s] += h.mass[n.index];
        }
    }
    for (size_t k = 0; k < 3; ++k)
      result.add("pairColumns.sum", summed[k * h.count() + i], expected[k], 1e-6 * (1 + size));
    for (size_t s = 0; s < counts.size(); ++s)
      result.add("pairColumns.shells", shells[i * counts.size() + s], counts[s], 1e-9 * (1 + counts[s]));
  }
}

}  // namespace

void comparePairColumns(Comparison& result) {
  for (const grid::Sides& sides : {grid::Sides{100, 100, 100}, grid::Sides{100, 60, 170}}) compareIn(sides, result);
}

}  // namespace halolaw::reference
