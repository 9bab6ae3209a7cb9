// Columns of pair variables for the neighbours of one receiver, in double precision.
#pragma once

#include "kernels/neighbours.h"
#include "simd/isa.h"

namespace halolaw::kernels {

/// Every column of values has the length of `out`, or that of `pairs`.
struct PairColumnKernels {
  void (*fill)(Span<double> out, double value);
  void (*widen)(Span<double> out, Span<const float> values);
  /// out[n] = values[index[n]]
  void (*gather)(Span<double> out, Span<const float> values, Span<const uint32_t> index);
  /// |v_j - v_i|
  void (*relativeSpeed)(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// (v_j - v_i) . (r_j - r_i) / r; 0 where r = 0
  void (*radialVelocity)(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// Cosine between r_j - r_i and the velocity of i; 0 where either vanishes
  void (*receiverCosine)(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs);
  /// Cosine between r_j - r_i and the velocity of j; 0 where either vanishes
  void (*senderCosine)(Span<double> out, const HaloVelocities& v, const NeighbourColumns& pairs);
  double (*sum)(Span<const double> values);
  /// counts[s] += 1 and masses[s] += mass[j] for the shell s of each neighbour: edges[s] <= r < edges[s + 1]. Without
  /// masses, `mass` and `masses` are empty.
  void (*shells)(Span<double> counts, Span<double> masses, Span<const float> mass, const NeighbourColumns& pairs,
                 Span<const float> edges);
};

HL_DISPATCH(PairColumnKernels, pairColumnKernels)

}  // namespace halolaw::kernels
