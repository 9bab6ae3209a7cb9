// Periodic radius neighbours by a grid of cells. Edges are never stored; each use computes them again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/neighbours.h"

namespace halolaw::grid {

/// Neighbours of one receiver, as columns; reused from call to call. Every column holds `count` valid entries and is
/// readable for at least 16 more (a whole vector past the end).
struct NeighbourBuffer {
  size_t count = 0;
  std::vector<uint32_t> index;    // sender, original numbering
  std::vector<float> dx, dy, dz;  // sender minus receiver, minimum image, Mpc/h
  std::vector<float> r;           // separation, Mpc/h

  /// The valid entries.
  kernels::NeighbourColumns columns() const {
    return {{index.data(), count}, {dx.data(), count}, {dy.data(), count}, {dz.data(), count}, {r.data(), count}};
  }
};

/// The memory layout of the grid, for a search on another device. Borrowed from the grid.
struct CellGridLayout {
  Span<const uint32_t> order;     // sorted place -> halo
  Span<const uint32_t> binStart;  // first place of each bin, (z * cellsY + y) * cellsX + x, and the end
  Span<const float> x, y, z;      // by sorted place, Mpc/h
  struct {
    double start, width, cells;
  } axis[3];
  /// r^2 in float below / from which a pair surely is / is not an edge; between them CellGrid::settled lists the edges.
  double surelyInside, surelyOutside;
};

/// An edge that float arithmetic might miss: sorted places, and the sender's image: x + 1 + 3 (y + 1) + 9 (z + 1).
struct SettledEdge {
  uint32_t receiver, sender, image;
};

/// Of a box along x, y and z, Mpc/h.
using Sides = std::array<double, 3>;

class CellGrid {
 public:
  /// Positions in Mpc/h, copied. Positive sides along x, y and z: periodic, positions in [0, side], radius at most half
  /// the shortest side. All sides 0: open space. Throws std::invalid_argument.
  CellGrid(Span<const float> x, Span<const float> y, Span<const float> z, const Sides& sides, double radius);
  ~CellGrid();

  uint32_t halos() const;
  double radius() const;

  /// Every sender j != receiver with |r_j - r_i| < radius, decided as in double precision; in a fixed order.
  void neighbours(uint32_t receiver, NeighbourBuffer& out) const;
  /// Number of neighbours of one receiver.
  uint32_t degree(uint32_t receiver) const;
  CellGridLayout layout() const;
  /// Appends every edge of one receiver whose r^2 lies between the bounds of `layout()`.
  void settled(uint32_t receiver, std::vector<SettledEdge>& out) const;
  /// Minimum-image separation of two halos in double precision, Mpc/h.
  double separation(uint32_t receiver, uint32_t sender) const;
  /// The same with its components.
  struct Separation {
    float dx, dy, dz, r;
  };
  Separation components(uint32_t receiver, uint32_t sender) const;
  /// All halos, those of a cell together and near cells near: sweeps in this order stay in cache.
  const std::vector<uint32_t>& cellOrder() const;
  /// A halo's place in `cellOrder`.
  uint32_t place(uint32_t halo) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halolaw::grid
