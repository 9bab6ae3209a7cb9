// Messages drawn around a mean (Kingma and Welling 2014; Cranmer et al. 2020, section 3.1), and the backward pass
// through the draw.
#include "kernels/graph_network_rows.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

static inline vuint all(uint32_t x) { return x - vuint{}; }

/// Natural logarithm of 2^-24..1, within 2 units in the last place (series in simd.h).
static inline vfloat logarithm(vfloat x) {
  // Mantissa into [sqrt(1/2), sqrt(2)): the bits of sqrt(1/2) are where the exponent turns over.
  const vint exponent = ((vint)x - 0x3f3504f3) >> 23;
  const vfloat f = (vfloat)((vint)x - (exponent << 23)) - 1.0f, square = f * f,
               e = __builtin_convertvector(exponent, vfloat);
  const vfloat p = logarithmSeries(f);
  return (p * f * square + e * -2.12194440e-4f - 0.5f * square + f) + e * 0.693359375f;
}

/// cos(2 pi u) for u in [0, 1): sine of the distance from a quarter turn, by its series.
static inline vfloat cosineOfTurn(vfloat u) {
  const vfloat t = (0.25f - absolute(u - 0.5f)) * 6.283185307f, square = t * t;
  vfloat p = square * -2.5052108e-8f + 2.7557319e-6f;
  p = p * square - 1.9841270e-4f;
  p = p * square + 8.3333333e-3f;
  p = p * square - 1.6666667e-1f;
  return -(p * square * t + t);
}

static inline vfloat squareRoot(vfloat x) {
  vfloat result;
  for (int lane = 0; lane < kFloatLanes; ++lane) result[lane] = __builtin_sqrtf(x[lane]);
  return result;
}

/// Standard normal noise of components n, n + 1, ... of one edge. pcg4d (Jarzynski and Olano 2020, JCGT 9(3)) hashes
/// the counters. It needs only 32-bit products, so that every engine can draw the same noise; two of its words make one
/// normal number (Box and Muller 1958). src-main/gnn/network/noise.ts has the same function.
static inline vfloat noise(const MessageDraw& draw, uint32_t sender, uint32_t n, vuint lane) {
  vuint x = all(draw.receiver), y = all(sender), z = all(draw.step), w = all(draw.seed) + (lane + n) * 0x9e3779b9u;
  x = x * 1664525u + 1013904223u;
  y = y * 1664525u + 1013904223u;
  z = z * 1664525u + 1013904223u;
  w = w * 1664525u + 1013904223u;
  x += y * w;
  y += z * x;
  z += x * y;
  w += y * z;
  x ^= x >> 16;
  y ^= y >> 16;
  z ^= z >> 16;
  w ^= w >> 16;
  x += y * w;
  y += z * x;
  const vfloat above = (__builtin_convertvector((vint)(x >> 8), vfloat) + 1.0f) * 0x1p-24f;  // (0, 1]
  const vfloat turn = __builtin_convertvector((vint)(y >> 8), vfloat) * 0x1p-24f;
  return squareRoot(-2.0f * logarithm(above)) * cosineOfTurn(turn);
}

/// The first `count` lanes, at most.
static inline void storeSome(float* to, vfloat values, size_t count) {
  if (count >= kFloatLanes) return store(to, values);
  for (size_t lane = 0; lane < count; ++lane) to[lane] = values[lane];
}

}  // namespace

void drawMessages(const MessageDraw& draw) {
  HL_EXPECT(draw.outputs.holds(2 * draw.width) && draw.out.holds(draw.width) && draw.out.count >= draw.outputs.count);
  vuint lane;
  for (uint32_t n = 0; n < kFloatLanes; ++n) lane[n] = n;
  for (size_t e = 0; e < draw.outputs.count; ++e) {
    const float *mean = draw.outputs.data() + e * draw.outputs.row, *logVariance = mean + draw.width;
    float* out = draw.out.data() + e * draw.out.row;
    for (size_t n = 0; n < draw.width; n += kFloatLanes)
      storeSome(out + n,
                load(mean + n) + exponential(0.5f * load(logVariance + n)) *
                                     noise(draw, draw.sender[e], static_cast<uint32_t>(n), lane),
                draw.width - n);
  }
}

float drawnGradient(const DrawnGradient& in) {
  HL_EXPECT(in.outputs.holds(2 * in.width) && in.drawn.holds(in.width) && in.gradient.size() >= in.width);
  vint lane;
  for (int n = 0; n < kFloatLanes; ++n) lane[n] = n;
  vfloat total = {};
  for (size_t e = 0; e < in.outputs.count; ++e) {
    float *mean = in.outputs.data() + e * in.outputs.row, *logVariance = mean + in.width;
    const float* drawn = in.drawn.data() + e * in.drawn.row;
    for (size_t n = 0; n < in.width; n += kFloatLanes) {
      const size_t count = in.width - n;
      const vfloat m = load(mean + n), l = load(logVariance + n), variance = exponential(l),
                   g = load(in.gradient.data() + n);
      const vfloat divergence = 0.5f * (m * m + variance - l - 1.0f);
      // d drawn / d logVariance = s noise / 2 = (drawn - mean) / 2
      storeSome(mean + n, g + in.weight * m, count);
      storeSome(logVariance + n, 0.5f * (g * (load(drawn + n) - m) + in.weight * (variance - 1.0f)), count);
      total += select(lane < static_cast<int32_t>(count), divergence, vfloat{});
    }
  }
  float sum = 0;
  for (int n = 0; n < kFloatLanes; ++n) sum += total[n];
  return sum;
}

void addDivergence(Span<double> divergence, const Rows<const float>& in) {
  const size_t width = divergence.size();
  HL_EXPECT(in.holds(2 * width));
  for (size_t row = 0; row < in.count; ++row)
    for (size_t n = 0; n < width; n += kFloatLanes) {
      const float* from = in.data() + row * in.row + n;
      const vfloat mean = load(from), logVariance = load(from + width);
      const vfloat each = 0.5f * (mean * mean + exponential(logVariance) - logVariance - 1.0f);
      for (size_t k = 0; k < kFloatLanes && n + k < width; ++k) divergence[n + k] += static_cast<double>(each[k]);
    }
}

}  // namespace halolaw::kernels::HL_ISA
