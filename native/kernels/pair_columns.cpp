#include "kernels/pair_columns.h"

#include "simd/simd.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

void fill(Span<double> out, double value) {
  double* to = out.data();
  for (size_t n = 0; n < out.size(); ++n) to[n] = value;
}

void widen(Span<double> out, Span<const float> values) {
  HL_EXPECT(values.size() >= out.size());
  double* to = out.data();
  const float* from = values.data();
  for (size_t n = 0; n < out.size(); ++n) to[n] = static_cast<double>(from[n]);
}

void gather(Span<double> out, Span<const float> values, Span<const uint32_t> index) {
  HL_EXPECT(index.size() >= out.size());
  double* to = out.data();
  for (size_t n = 0; n < out.size(); ++n) to[n] = static_cast<double>(values[index[n]]);
}

void relativeSpeed(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  for (size_t n = 0; n < pairs.size(); ++n) {
    const uint32_t j = pairs.index[n];
    const float dx = v.x[j] - x, dy = v.y[j] - y, dz = v.z[j] - z;
    out[n] = static_cast<double>(__builtin_sqrtf(dx * dx + dy * dy + dz * dz));
  }
}

void radialVelocity(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  for (size_t n = 0; n < pairs.size(); ++n) {
    const uint32_t j = pairs.index[n];
    const float along = (v.x[j] - x) * pairs.dx[n] + (v.y[j] - y) * pairs.dy[n] + (v.z[j] - z) * pairs.dz[n];
    out[n] = pairs.r[n] > 0 ? static_cast<double>(along / pairs.r[n]) : 0.0;
  }
}

void receiverCosine(Span<double> out, const HaloVelocities& v, uint32_t receiver, const NeighbourColumns& pairs) {
  const float x = v.x[receiver], y = v.y[receiver], z = v.z[receiver];
  const float speed = __builtin_sqrtf(x * x + y * y + z * z);
  for (size_t n = 0; n < pairs.size(); ++n) {
    const float along = x * pairs.dx[n] + y * pairs.dy[n] + z * pairs.dz[n];
    const float length = speed * pairs.r[n];
    out[n] = length > 0 ? static_cast<double>(along / length) : 0.0;
  }
}

void senderCosine(Span<double> out, const HaloVelocities& v, const NeighbourColumns& pairs) {
  for (size_t n = 0; n < pairs.size(); ++n) {
    const uint32_t j = pairs.index[n];
    const float x = v.x[j], y = v.y[j], z = v.z[j];
    const float along = x * pairs.dx[n] + y * pairs.dy[n] + z * pairs.dz[n];
    const float length = __builtin_sqrtf(x * x + y * y + z * z) * pairs.r[n];
    out[n] = length > 0 ? static_cast<double>(along / length) : 0.0;
  }
}

double sum(Span<const double> values) {
  const double* from = values.data();
  const size_t count = values.size();
  vdouble lanes = {};
  size_t n = 0;
  for (; n + kDoubleLanes <= count; n += kDoubleLanes) lanes += load(from + n);
  double total = 0;
  for (int lane = 0; lane < kDoubleLanes; ++lane) total += lanes[lane];
  for (; n < count; ++n) total += from[n];
  return total;
}

void shells(Span<double> counts, Span<double> masses, Span<const float> mass, const NeighbourColumns& pairs,
            Span<const float> edges) {
  const size_t shellCount = counts.size();
  for (size_t n = 0; n < pairs.size(); ++n) {
    const float r = pairs.r[n];
    size_t shell = 0;
    for (size_t s = 1; s < shellCount; ++s) shell += r >= edges[s] ? 1 : 0;
    if (r < edges[0] || r >= edges[shellCount]) continue;
    counts[shell] += 1;
    if (!mass.empty()) masses[shell] += static_cast<double>(mass[pairs.index[n]]);
  }
}

}  // namespace

const PairColumnKernels& pairColumnKernels() {
  static const PairColumnKernels kernels = {fill,           widen,        gather, relativeSpeed, radialVelocity,
                                            receiverCosine, senderCosine, sum,    shells};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
