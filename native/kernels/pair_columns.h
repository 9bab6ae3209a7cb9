// Columns of pair variables for the neighbours of one receiver, in double precision.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../isa.h"

namespace halolaw {

/// Velocities of all halos in 1000 km/s, by halo.
struct HaloVelocities {
  const float *x, *y, *z;
};

/// `count` neighbours of one receiver, as NeighbourBuffer holds them.
struct NeighbourColumns {
  size_t count;
  const uint32_t* index;
  const float *dx, *dy, *dz, *r;
};

struct PairColumnKernels {
  void (*fill)(double* out, double value, size_t count);
  void (*widen)(double* out, const float* values, size_t count);
  void (*gather)(double* out, const float* values, const uint32_t* index, size_t count);
  /// |v_j - v_i|
  void (*relativeSpeed)(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// (v_j - v_i) . (r_j - r_i) / r; 0 where r = 0
  void (*radialVelocity)(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// Cosine between r_j - r_i and the velocity of i; 0 where either vanishes
  void (*receiverCosine)(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// Cosine between r_j - r_i and the velocity of j; 0 where either vanishes
  void (*senderCosine)(double* out, const HaloVelocities& v, const NeighbourColumns& pairs);
  double (*sum)(const double* values, size_t count);
  /// counts[s] += 1 and masses[s] += mass[j] for the shell s of each neighbour: edges[s] <= r < edges[s + 1].
  void (*shells)(double* counts, double* masses, const float* mass, const NeighbourColumns& pairs, const float* edges, size_t shellCount);
};

HL_DISPATCH(PairColumnKernels, pairColumnKernels)

}  // namespace halolaw
