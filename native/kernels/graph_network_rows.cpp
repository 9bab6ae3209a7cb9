#include "graph_network_rows.h"

namespace halolaw {
namespace HL_ISA {

namespace {

/// A pair input of every edge, before standardisation, into a strided column; by way of a contiguous piece, so that the
/// compiler computes a vector of edges at a time.
template <class Value>
static inline void fillColumn(const PairInputs& in, size_t column, float mean, float inverseScale, Value value) {
  constexpr size_t kPiece = 256;
  float piece[kPiece];
  float* out = in.out + in.senderInputs + column;
  for (size_t begin = 0; begin < in.count; begin += kPiece) {
    const size_t count = in.count - begin < kPiece ? in.count - begin : kPiece;
    for (size_t e = 0; e < count; ++e) piece[e] = (value(begin + e) - mean) * inverseScale;
    for (size_t e = 0; e < count; ++e) out[(begin + e) * in.outRow] = piece[e];
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
  for (size_t e = 0; e < in.count; ++e) {
    const float* from = in.senderTable + static_cast<size_t>(in.sender[e]) * in.senderInputs;
    float* out = in.out + e * in.outRow;
    for (size_t n = 0; n < in.senderInputs; ++n) out[n] = from[n];
  }
  const float *dx = in.dx, *dy = in.dy, *dz = in.dz, *r = in.r, *vx = in.vx, *vy = in.vy, *vz = in.vz;
  const uint32_t i = in.receiver;
  const uint32_t* j = in.sender;
  for (size_t p = 0; p < in.pairInputs; ++p) {
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
        fillColumn(in, p, mean, inverse, [=](size_t e) { return cosine(x * dx[e] + y * dy[e] + z * dz[e], speed * r[e]); });
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

void addRows(float* out, const float* in, size_t inRow, size_t rows, size_t width) {
  for (size_t n = 0; n < width; n += kGroup) {
    constexpr int kVectors = kGroup / kFloatLanes;
    vfloat even[kVectors] = {}, odd[kVectors] = {};
    const float* at = in + n;
    size_t row = 0;
    for (; row + 2 <= rows; row += 2, at += 2 * inRow)
      for (int v = 0; v < kVectors; ++v) {
        even[v] += load(at + v * kFloatLanes);
        odd[v] += load(at + inRow + v * kFloatLanes);
      }
    if (row < rows)
      for (int v = 0; v < kVectors; ++v) even[v] += load(at + v * kFloatLanes);
    for (int v = 0; v < kVectors; ++v) {
      float* to = out + n + v * kFloatLanes;
      store(to, load(to) + (even[v] + odd[v]));
    }
  }
}

void spread(float* out, size_t outRow, const float* gradient, const float* slope, size_t slopeRow, size_t rows, size_t width, Finish finish) {
  for (size_t row = 0; row < rows; ++row)
    for (size_t n = 0; n < width; n += kFloatLanes) {
      const vfloat g = load(gradient + n), s = load(slope + row * slopeRow + n);
      store(out + row * outRow + n, finish == Finish::whereActive ? whereActive(g, s) : g * s);
    }
}

float spreadWithPenalty(float* out, const float* gradient, const float* message, size_t row, size_t rows, size_t width, float weight) {
  vfloat total = {};
  const vint sign = (vint)broadcast(-0.0f), size = (vint)broadcast(weight);
  for (size_t e = 0; e < rows; ++e)
    for (size_t n = 0; n < width; n += kFloatLanes) {
      const vfloat m = load(message + e * row + n);
      const vint nonzero = (m < 0.0f) | (m > 0.0f);
      const vfloat pull = (vfloat)(((vint)m & sign) | (size & nonzero));
      total += absolute(m);
      store(out + e * row + n, load(gradient + n) + pull);
    }
  float sum = 0;
  for (int lane = 0; lane < kFloatLanes; ++lane) sum += total[lane];
  return sum;
}

void addParts(float* out, const float* parts, size_t partSize, size_t count, size_t width) {
  for (size_t n = 0; n < width; n += kFloatLanes) {
    vfloat sum = {};
    for (size_t p = 0; p < count; ++p) sum += load(parts + p * partSize + n);
    store(out + n, sum);
  }
}

void adam(const AdamStep& step, const float* gradient, float* weights, float* first, float* second, float* average, size_t count) {
  for (size_t n = 0; n < count; ++n) {
    const float g = gradient[n];
    first[n] = step.beta1 * first[n] + (1 - step.beta1) * g;
    second[n] = step.beta2 * second[n] + (1 - step.beta2) * g * g;
    const float change = first[n] * step.correction1 / (__builtin_sqrtf(second[n] * step.correction2) + step.epsilon);
    weights[n] -= step.rate * (change + step.decay * weights[n]);
    average[n] = weights[n] + step.averageDecay * (average[n] - weights[n]);
  }
}

void addMoments(double* sum, double* squares, const float* in, size_t inRow, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; ++row)
    for (size_t n = 0; n < width; ++n) {
      const double x = static_cast<double>(in[row * inRow + n]);
      sum[n] += x;
      squares[n] += x * x;
    }
}

}  // namespace HL_ISA
}  // namespace halolaw
