#include "kernels/graph_network_rows.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

/// A pair input of every edge, before standardisation, into a strided column, through a contiguous piece, so that the
/// compiler computes a vector of edges at a time.
template <class Value>
static inline void fillColumn(const PairInputs& in, size_t column, float mean, float inverseScale, Value value) {
  constexpr size_t kPiece = 256;
  float piece[kPiece];
  float* out = in.out.data() + in.senderInputs + column;
  const size_t row = in.out.row, all = in.pairs.size();
  for (size_t begin = 0; begin < all; begin += kPiece) {
    const size_t count = all - begin < kPiece ? all - begin : kPiece;
    for (size_t e = 0; e < count; ++e) piece[e] = (value(begin + e) - mean) * inverseScale;
    for (size_t e = 0; e < count; ++e) out[(begin + e) * row] = piece[e];
  }
}

/// Natural logarithm of a positive normal number within 2 units in the last place (series in simd.h).
static inline float logarithm(float x) {
  union {
    float value;
    uint32_t bits;
  } split = {x};
  // Mantissa into [sqrt(1/2), sqrt(2)): the bits of sqrt(1/2) are where the exponent turns over.
  const int32_t exponent = static_cast<int32_t>(split.bits - 0x3f3504f3) >> 23;
  split.bits -= static_cast<uint32_t>(exponent) << 23;
  const float f = split.value - 1.0f, square = f * f, e = static_cast<float>(exponent);
  const float p = logarithmSeries(f);
  return (p * f * square + e * -2.12194440e-4f - 0.5f * square + f) + e * 0.693359375f;
}

static inline float cosine(float along, float length) { return length > 0 ? along / length : 0.0f; }

}  // namespace

void pairInputs(const PairInputs& in) {
  HL_EXPECT(in.out.count >= in.pairs.size() && in.out.holds(in.senderInputs + in.kinds.size()));
  const uint32_t* j = in.pairs.index.data();
  for (size_t e = 0; e < in.pairs.size(); ++e) {
    const float* from = in.senderTable.data() + static_cast<size_t>(j[e]) * in.senderInputs;
    float* out = in.out.data() + e * in.out.row;
    for (size_t n = 0; n < in.senderInputs; ++n) out[n] = from[n];
  }
  const float *dx = in.pairs.dx.data(), *dy = in.pairs.dy.data(), *dz = in.pairs.dz.data(), *r = in.pairs.r.data();
  const float *vx = in.velocities.x.data(), *vy = in.velocities.y.data(), *vz = in.velocities.z.data();
  const uint32_t i = in.receiver;
  for (size_t p = 0; p < in.kinds.size(); ++p) {
    const float mean = in.mean[p], inverse = in.inverseScale[p];
    switch (in.kinds[p]) {
      case PairKind::r: fillColumn(in, p, mean, inverse, [=](size_t e) { return r[e]; }); break;
      case PairKind::logR:
        fillColumn(in, p, mean, inverse, [=](size_t e) { return logarithm(r[e] > 1e-3f ? r[e] : 1e-3f); });
        break;
      case PairKind::inverseR: fillColumn(in, p, mean, inverse, [=](size_t e) { return 1.0f / (r[e] + 1.0f); }); break;
      case PairKind::dx: fillColumn(in, p, mean, inverse, [=](size_t e) { return dx[e]; }); break;
      case PairKind::dy: fillColumn(in, p, mean, inverse, [=](size_t e) { return dy[e]; }); break;
      case PairKind::dz: fillColumn(in, p, mean, inverse, [=](size_t e) { return dz[e]; }); break;
      case PairKind::dvx: fillColumn(in, p, mean, inverse, [=](size_t e) { return vx[j[e]] - vx[i]; }); break;
      case PairKind::dvy: fillColumn(in, p, mean, inverse, [=](size_t e) { return vy[j[e]] - vy[i]; }); break;
      case PairKind::dvz: fillColumn(in, p, mean, inverse, [=](size_t e) { return vz[j[e]] - vz[i]; }); break;
      case PairKind::cosReceiver: {
        const float x = vx[i], y = vy[i], z = vz[i], speed = __builtin_sqrtf(x * x + y * y + z * z);
        fillColumn(in, p, mean, inverse,
                   [=](size_t e) { return cosine(x * dx[e] + y * dy[e] + z * dz[e], speed * r[e]); });
        break;
      }
      case PairKind::cosSender:
        fillColumn(in, p, mean, inverse, [=](size_t e) {
          const float x = vx[j[e]], y = vy[j[e]], z = vz[j[e]];
          return cosine(x * dx[e] + y * dy[e] + z * dz[e], __builtin_sqrtf(x * x + y * y + z * z) * r[e]);
        });
        break;
      case PairKind::relativeSpeed:
        fillColumn(in, p, mean, inverse, [=](size_t e) {
          const float x = vx[j[e]] - vx[i], y = vy[j[e]] - vy[i], z = vz[j[e]] - vz[i];
          return __builtin_sqrtf(x * x + y * y + z * z);
        });
        break;
      case PairKind::radialVelocity:
        fillColumn(in, p, mean, inverse, [=](size_t e) {
          const float x = vx[j[e]] - vx[i], y = vy[j[e]] - vy[i], z = vz[j[e]] - vz[i];
          return cosine(x * dx[e] + y * dy[e] + z * dz[e], r[e]);
        });
        break;
    }
  }
}

void addRows(Span<float> out, const Rows<const float>& in) {
  HL_EXPECT(in.holds(out.size()));
  const size_t rows = in.count, inRow = in.row, width = out.size();
  for (size_t n = 0; n < width; n += kGroup) {
    constexpr int kVectors = kGroup / kFloatLanes;
    vfloat even[kVectors] = {}, odd[kVectors] = {};
    const float* at = in.data() + n;
    size_t row = 0;
    for (; row + 2 <= rows; row += 2, at += 2 * inRow)
      for (int v = 0; v < kVectors; ++v) {
        even[v] += load(at + v * kFloatLanes);
        odd[v] += load(at + inRow + v * kFloatLanes);
      }
    if (row < rows)
      for (int v = 0; v < kVectors; ++v) even[v] += load(at + v * kFloatLanes);
    for (int v = 0; v < kVectors; ++v) {
      float* to = out.data() + n + v * kFloatLanes;
      store(to, load(to) + (even[v] + odd[v]));
    }
  }
}

void spread(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& slope, Finish finish) {
  HL_EXPECT(out.holds(gradient.size()) && slope.holds(gradient.size()) && slope.count >= out.count);
  const float* by = gradient.data();
  for (size_t row = 0; row < out.count; ++row)
    for (size_t n = 0; n < gradient.size(); n += kFloatLanes) {
      const vfloat g = load(by + n), s = load(slope.data() + row * slope.row + n);
      store(out.data() + row * out.row + n, finish == Finish::whereActive ? whereActive(g, s) : g * s);
    }
}

float spreadWithPenalty(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& message,
                        float weight) {
  HL_EXPECT(out.holds(gradient.size()) && message.holds(gradient.size()) && message.count >= out.count);
  vfloat total = {};
  const vint sign = (vint)broadcast(-0.0f), size = (vint)broadcast(weight);
  for (size_t e = 0; e < out.count; ++e)
    for (size_t n = 0; n < gradient.size(); n += kFloatLanes) {
      const vfloat m = load(message.data() + e * message.row + n);
      const vint nonzero = (m < 0.0f) | (m > 0.0f);
      const vfloat pull = (vfloat)(((vint)m & sign) | (size & nonzero));
      total += absolute(m);
      store(out.data() + e * out.row + n, load(gradient.data() + n) + pull);
    }
  float sum = 0;
  for (int lane = 0; lane < kFloatLanes; ++lane) sum += total[lane];
  return sum;
}

void addParts(Span<float> out, const Rows<const float>& parts) {
  for (size_t n = 0; n < out.size(); n += kFloatLanes) {
    vfloat sum = {};
    for (size_t p = 0; p < parts.count; ++p) sum += load(parts.data() + p * parts.row + n);
    store(out.data() + n, sum);
  }
}

void adam(const AdamStep& step, Span<const float> gradient, const AdamState& state) {
  HL_EXPECT(state.weights.size() >= gradient.size() && state.first.size() >= gradient.size() &&
            state.second.size() >= gradient.size() && state.average.size() >= gradient.size());
  const float* by = gradient.data();
  float *weights = state.weights.data(), *first = state.first.data(), *second = state.second.data(),
        *average = state.average.data();
  const size_t count = gradient.size();
  for (size_t n = 0; n < count; ++n) {
    const float g = by[n];
    first[n] = step.beta1 * first[n] + (1 - step.beta1) * g;
    second[n] = step.beta2 * second[n] + (1 - step.beta2) * g * g;
    const float change = first[n] * step.correction1 / (__builtin_sqrtf(second[n] * step.correction2) + step.epsilon);
    weights[n] -= step.rate * (change + step.decay * weights[n]);
    average[n] = weights[n] + step.averageDecay * (average[n] - weights[n]);
  }
}

void addMoments(Span<double> sum, Span<double> squares, const Rows<const float>& in) {
  HL_EXPECT(in.holds(sum.size()) && squares.size() >= sum.size());
  double *sums = sum.data(), *sumsOfSquares = squares.data();
  const size_t width = sum.size();
  for (size_t row = 0; row < in.count; ++row) {
    const float* from = in.data() + row * in.row;
    for (size_t n = 0; n < width; ++n) {
      const double x = static_cast<double>(from[n]);
      sums[n] += x;
      sumsOfSquares[n] += x * x;
    }
  }
}

}  // namespace halolaw::kernels::HL_ISA
