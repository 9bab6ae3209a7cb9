// Columns over the neighbours of one receiver, as kernels read and write them.
#pragma once

#include <cstdint>

#include "common/span.h"

namespace halolaw::kernels {

/// Neighbours of one receiver: sender (original numbering) and sender minus receiver, Mpc/h. All columns have one
/// length.
struct NeighbourColumns {
  Span<const uint32_t> index;
  Span<const float> dx, dy, dz, r;

  HL_INLINE size_t size() const { return index.size(); }
  HL_INLINE NeighbourColumns part(size_t begin, size_t count) const {
    return {index.part(begin, count), dx.part(begin, count), dy.part(begin, count), dz.part(begin, count),
            r.part(begin, count)};
  }
};

/// Room for the neighbours of one receiver.
struct NeighbourRoom {
  Span<uint32_t> index;
  Span<float> dx, dy, dz, r;
};

/// Velocities of all halos, 1000 km/s, by halo; empty where nothing reads them.
struct HaloVelocities {
  Span<const float> x, y, z;
};

}  // namespace halolaw::kernels
