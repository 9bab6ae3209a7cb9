// tanh, atan, asin, acos and log10 in vectors, within 2 units in the last place. Coefficients of atan, asin and acos
// are fdlibm's (Sun Microsystems 1993); those of tanh near 0 were interpolated at Chebyshev points.
#pragma once

#include "simd/vector_math.h"

namespace halolaw::simd::HL_ISA {

static inline vdouble magnitude(vdouble x) { return fromBits(bitsOf(x) & 0x7fffffffffffffffLL); }
/// |a| with the sign of b.
static inline vdouble withSign(vdouble a, vdouble b) {
  return fromBits((bitsOf(a) & 0x7fffffffffffffffLL) | (bitsOf(b) & (int64_t)0x8000000000000000ULL));
}

static inline vdouble vroot(vdouble x) {
  vdouble root;
  for (int i = 0; i < kDoubleLanes; ++i) root[i] = __builtin_sqrt(x[i]);
  return root;
}

static inline vdouble vtanh(vdouble x) {
  const vdouble a = magnitude(x), z = x * x;
  // (tanh(x) / x - 1) / x^2 up to z = 0.4
  vdouble p = broadcast(-0.00000238557931117042516341);
  p = p * z + 0.0000120886872262168982584;
  p = p * z - 0.0000369605223033382570594;
  p = p * z + 0.0000959723631816051307291;
  p = p * z - 0.000238864647885499513574;
  p = p * z + 0.00058997591921439729;
  p = p * z - 0.00145582746684542659949;
  p = p * z + 0.00359212741069531618308;
  p = p * z - 0.00886323549344145084075;
  p = p * z + 0.0218694885348877574849;
  p = p * z - 0.0539682539682310265925;
  p = p * z + 0.133333333333333169859;
  p = p * z - 0.33333333333333333314;
  const vdouble value = pick(z < 0.4, a + a * z * p, 1.0 - 2.0 / (vexp(2.0 * a) + 1.0));
  return pick(x != x, x, withSign(value, x));
}

static inline vdouble vatan(vdouble x) {
  // atan(x) = atan(c) + atan((x - c) / (1 + c x)) for the nearest c of 0, 1/2, 1, 3/2, infinity
  const vdouble a = magnitude(x);
  const vlong half = a >= 0.4375, one = a >= 0.6875, oneAndHalf = a >= 1.1875, far = a >= 2.4375;
  const vdouble c = pick(oneAndHalf, broadcast(1.5), pick(one, broadcast(1.0), pick(half, broadcast(0.5), vdouble{})));
  const vdouble t = pick(half, pick(far, broadcast(-1.0), a - c) / pick(far, a, 1.0 + c * a), a);
  const vdouble hi = pick(far, broadcast(1.57079632679489655800e+00),
                          pick(oneAndHalf, broadcast(9.82793723247329054082e-01),
                               pick(one, broadcast(7.85398163397448278999e-01),
                                    pick(half, broadcast(4.63647609000806093515e-01), vdouble{}))));
  const vdouble lo = pick(far, broadcast(6.12323399573676603587e-17),
                          pick(oneAndHalf, broadcast(1.39033110312309984516e-17),
                               pick(one, broadcast(3.06161699786838301793e-17),
                                    pick(half, broadcast(2.26987774529616870924e-17), vdouble{}))));
  const vdouble z = t * t, w = z * z;
  const vdouble odd = z * (3.33333333333329318027e-01 +
                           w * (1.42857142725034663711e-01 +
                                w * (9.09088713343650656196e-02 +
                                     w * (6.66107313738753120669e-02 +
                                          w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
  const vdouble even =
      w *
      (-1.99999999998764832476e-01 +
       w * (-1.11111104054623557880e-01 +
            w * (-7.69187620504482999495e-02 + w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
  const vdouble value = hi - ((t * (odd + even) - lo) - t);
  return pick(x != x, x, withSign(value, x));
}

constexpr double kHalfPiHi = 1.57079632679489655800e+00, kHalfPiLo = 6.12323399573676603587e-17;

/// (asin(sqrt(z)) / sqrt(z) - 1) for z in [0, 1/4].
static inline vdouble arcRest(vdouble z) {
  const vdouble p = z * (1.66666666666666657415e-01 +
                         z * (-3.25565818622400915405e-01 +
                              z * (2.01212532134862925881e-01 +
                                   z * (-4.00555345006794114027e-02 +
                                        z * (7.91534994289814532176e-04 + z * 3.47933107596021167570e-05)))));
  const vdouble q =
      1.0 + z * (-2.40339491173441421878e+00 +
                 z * (2.02094576023350569471e+00 + z * (-6.88283971605453293030e-01 + z * 7.70381505559019352791e-02)));
  return p / q;
}

/// acos(a) / 2 for a in [1/2, 1], in two doubles, by way of asin(sqrt((1 - a) / 2)).
static inline Double2 halfArc(vdouble a) {
  const vdouble z = 0.5 * (1.0 - a), s = vroot(z);
  const vdouble upper = fromBits(bitsOf(s) & (int64_t)0xffffffff00000000ULL);
  const vdouble lower = pick(z > 0.0, (z - upper * upper) / (s + upper), vdouble{});
  return {upper, s * arcRest(z) + lower};
}

static inline vdouble vasin(vdouble x) {
  const vdouble a = magnitude(x);
  const Double2 arc = halfArc(a);
  const vdouble large = (kHalfPiHi - 2.0 * arc.hi) - (2.0 * arc.lo - kHalfPiLo), small = a + a * arcRest(a * a);
  return pick(a <= 1.0, withSign(pick(a < 0.5, small, large), x), broadcast(__builtin_nan("")));
}

static inline vdouble vacos(vdouble x) {
  const vdouble a = magnitude(x);
  const Double2 arc = halfArc(a);
  const vdouble near = kHalfPiHi - (x - (kHalfPiLo - x * arcRest(a * a)));
  const vdouble right = 2.0 * (arc.hi + arc.lo), left = 2.0 * ((kHalfPiHi - arc.hi) - (arc.lo - kHalfPiLo));
  return pick(a <= 1.0, pick(a < 0.5, near, pick(x > 0.0, right, left)), broadcast(__builtin_nan("")));
}

static inline vdouble vlog10(vdouble x) {
  constexpr double hi = 4.34294481903251816668e-01, lo = 1.09831965021676508000e-17;
  const Double2 log = logInTwo(pick((x > 0.0) & (x <= 1.7976931348623157e308), x, broadcast(1.0)));
  const vdouble product = log.hi * hi;
  const vdouble value = product + (productError(log.hi, broadcast(hi), product) + (log.hi * lo + log.lo * hi));
  const vdouble special = pick(x == 0.0, broadcast(-__builtin_inf()), pick(x > 0.0, x, broadcast(__builtin_nan(""))));
  return pick((x > 0.0) & (x <= 1.7976931348623157e308), value, special);
}

}  // namespace halolaw::simd::HL_ISA
