// Neighbours by brute force.
#pragma once

#include <cstdint>
#include <vector>

#include "common/span.h"
#include "grid/cell_grid.h"

namespace halolaw::reference {

struct Neighbour {
  uint32_t index;
  double dx, dy, dz, r;  // sender minus receiver, minimum image
};

/// A catalog of halos in a box; sides 0: open space.
struct Halos {
  std::vector<float> x, y, z, vx, vy, vz, mass;
  grid::Sides sides{};

  uint32_t count() const { return static_cast<uint32_t>(x.size()); }
};

/// Random positions, velocities (1000 km/s) and masses (1e14 Msun/h).
Halos randomHalos(uint32_t count, const grid::Sides& sides, uint64_t seed);

/// Every sender closer than the radius, by index.
std::vector<Neighbour> neighboursOf(const Halos& halos, uint32_t receiver, double radius);

}  // namespace halolaw::reference
