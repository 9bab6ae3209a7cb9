// Element-wise parts of the graph network's kernels; inside namespace HL_ISA, for files in kernels/ only.
#pragma once

#include "kernels/graph_network.h"
#include "simd/simd.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

static inline vfloat select(vint mask, vfloat yes, vfloat no) {
  return (vfloat)((mask & (vint)yes) | (~mask & (vint)no));
}
static inline vfloat smaller(vfloat a, vfloat b) { return select(a < b, a, b); }
static inline vfloat larger(vfloat a, vfloat b) { return select(a > b, a, b); }
static inline vfloat absolute(vfloat x) { return (vfloat)((vint)x & 0x7fffffff); }

/// max(0, x), which keeps NaN, so that an explosion is visible
static inline vfloat rectified(vfloat x) { return select(x < 0.0f, vfloat{}, x); }
static inline vfloat whereActive(vfloat x, vfloat output) { return (vfloat)((vint)x & (vint)(output > 0.0f)); }

/// e^x within 2 units in the last place for |x| < 87; clamped beyond, so that nothing overflows.
static inline vfloat exponential(vfloat x) {
  x = select(x > 87.0f, broadcast(87.0f), x);
  x = select(x < -87.0f, broadcast(-87.0f), x);
  const float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const vfloat shifted = x * 1.44269504f + kRound;
  const vfloat power = shifted - kRound;
  const vfloat f = (x - power * 0.693359375f) - power * -2.12194440e-4f;
  vfloat p = f * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  const vint exponent = ((vint)shifted - 0x4B400000 + 127) << 23;
  return p * (vfloat)exponent;
}
static inline vfloat logistic(vfloat x) { return 1.0f / (1.0f + exponential(-x)); }

void pairInputs(const PairInputs& inputs);
void addRows(Span<float> out, const Rows<const float>& in);
void spread(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& slope, Finish finish);
float spreadWithPenalty(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& message,
                        float weight);
void drawMessages(const MessageDraw& draw);
float drawnGradient(const DrawnGradient& in);
void addDivergence(Span<double> divergence, const Rows<const float>& in);
void addParts(Span<float> out, const Rows<const float>& parts);
void adam(const AdamStep& step, Span<const float> gradient, const AdamState& state);
void addMoments(Span<double> sum, Span<double> squares, const Rows<const float>& in);

}  // namespace halolaw::kernels::HL_ISA
