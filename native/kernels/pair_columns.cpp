#include "pair_columns.h"

#include "../simd.h"

namespace halolaw {
namespace HL_ISA {

namespace {

void fill(double* out, double value, size_t count) {
  for (size_t n = 0; n < count; ++n) out[n] = value;
}

void widen(double* out, const float* values, size_t count) {
  for (size_t n = 0; n < count; ++n) out[n] = static_cast<double>(values[n]);
}

void gather(double* out, const float* values, const uint32_t* index, size_t count) {
  for (size_t n = 0; n < count; ++n) out[n] = static_cast<double>(values[index[n]]);
}

void relativeSpeed(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  for (size_t n = 0; n < pairs.count; ++n) {
    const uint32_t j = pairs.index[n];
    const float dx = v.x[j] - x, dy = v.y[j] - y, dz = v.z[j] - z;
    out[n] = static_cast<double>(__builtin_sqrtf(dx * dx + dy * dy + dz * dz));
  }
}

void radialVelocity(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  for (size_t n = 0; n < pairs.count; ++n) {
    const uint32_t j = pairs.index[n];
    const float along = (v.x[j] - x) * pairs.dx[n] + (v.y[j] - y) * pairs.dy[n] + (v.z[j] - z) * pairs.dz[n];
    out[n] = pairs.r[n] > 0 ? static_cast<double>(along / pairs.r[n]) : 0.0;
  }
}

void receiverCosine(double* out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  const float speed = __builtin_sqrtf(x * x + y * y + z * z);
  for (size_t n = 0; n < pairs.count; ++n) {
    const float along = x * pairs.dx[n] + y * pairs.dy[n] + z * pairs.dz[n];
    const float length = speed * pairs.r[n];
    out[n] = length > 0 ? static_cast<double>(along / length) : 0.0;
  }
}

void senderCosine(double* out, const HaloVelocities& v, const NeighbourColumns& pairs) {
  for (size_t n = 0; n < pairs.count; ++n) {
    const uint32_t j = pairs.index[n];
    const float x = v.x[j], y = v.y[j], z = v.z[j];
    const float along = x * pairs.dx[n] + y * pairs.dy[n] + z * pairs.dz[n];
    const float length = __builtin_sqrtf(x * x + y * y + z * z) * pairs.r[n];
    out[n] = length > 0 ? static_cast<double>(along / length) : 0.0;
  }
}

double sum(const double* values, size_t count) {
  vdouble lanes = {};
  size_t n = 0;
  for (; n + kDoubleLanes <= count; n += kDoubleLanes) lanes += load(values + n);
  double total = 0;
  for (int lane = 0; lane < kDoubleLanes; ++lane) total += lanes[lane];
  for (; n < count; ++n) total += values[n];
  return total;
}

void shells(double* counts, double* masses, const float* mass, const NeighbourColumns& pairs, const float* edges, size_t shellCount) {
  for (size_t n = 0; n < pairs.count; ++n) {
    const float r = pairs.r[n];
    size_t shell = 0;
    for (size_t s = 1; s < shellCount; ++s) shell += r >= edges[s] ? 1 : 0;
    if (r < edges[0] || r >= edges[shellCount]) continue;
    counts[shell] += 1;
    if (mass) masses[shell] += static_cast<double>(mass[pairs.index[n]]);
  }
}

}  // namespace

const PairColumnKernels& pairColumnKernels() {
  static const PairColumnKernels kernels = {fill, widen, gather, relativeSpeed, radialVelocity, receiverCosine, senderCosine, sum, shells};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
