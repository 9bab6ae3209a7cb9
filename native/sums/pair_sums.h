// Sums over neighbours: of message expressions, with their derivatives, and of counts and masses in shells. Neighbours
// are computed block by block; sums are in double precision and the same for any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "expression/evaluate.h"
#include "grid/cell_grid.h"

namespace halolaw::sums {

using expression::Program;
using grid::CellGrid;
using grid::NeighbourBuffer;
using kernels::Op;

/// What messages may read of the halos; columns are empty if the catalog has none.
struct HaloData {
  std::vector<float> mass;        // 1e14 Msun/h
  std::vector<float> vx, vy, vz;  // 1000 km/s
  std::vector<float> speed;       // 1000 km/s
};

enum class PairVariable { massI, massJ, r, speedI, speedJ, relativeSpeed, radialVelocity, cosineI, cosineJ, count };

/// Neighbours of some receivers, computed once for many sums: 20 bytes per pair. Those of receiver n are at start[n] to
/// start[n + 1] of the columns, in the order of CellGrid::neighbours.
struct NeighbourLists {
  std::vector<size_t> start;
  std::vector<uint32_t> index;
  std::vector<float> dx, dy, dz, r;

  kernels::NeighbourColumns columns() const { return {index, dx, dy, dz, r}; }
};

struct PairSumRequest {
  std::shared_ptr<const CellGrid> grid;
  std::shared_ptr<const HaloData> halos;
  std::vector<uint32_t> receivers;
  std::shared_ptr<const NeighbourLists> neighbours;  // of these receivers; null: they are computed
  std::vector<Program> messages;                     // their variables are PairVariables
  bool derivatives = true;
  int threads = 1;
};

/// The neighbours of each receiver, in the order of `receivers`.
NeighbourLists findNeighbours(const CellGrid& grid, Span<const uint32_t> receivers);

/// One column of receivers after another: for each message its sum over neighbours, then that sum's derivative by each
/// of its parameters (if requested).
std::vector<double> sumMessages(const PairSumRequest& request);

/// One row per receiver: neighbour counts of the shells edges[s] <= r < edges[s + 1], then the masses in them (1e14
/// Msun/h).
std::vector<double> sumShells(const PairSumRequest& request, Span<const float> edges);

/// One column of pairs after another: the named pair variables of given receiver <- sender pairs.
std::vector<double> pairColumns(const PairSumRequest& request, Span<const uint32_t> senders,
                                Span<const PairVariable> variables);

}  // namespace halolaw::sums
