// Vector exp, log, sin, cos and pow in single precision, to about 2 units in the last place, twice as many lanes at
// once as vector_math.h. For files in kernels/ only. Polynomials as in Cephes (Stephen Moshier, freely usable).
#pragma once

#include "simd/vector_math.h"

namespace halolaw::simd::HL_ISA {

static inline bool anyLane(vint mask) {
  int32_t any = 0;
  for (int i = 0; i < kFloatLanes; ++i) any |= mask[i];
  return any != 0;
}

static inline vfloat nearest(vfloat x) {
  const vfloat magic = broadcast(12582912.0f);
  return (x + magic) - magic;
}
static inline vint toInteger(vfloat whole) {
  const vfloat magic = broadcast(12582912.0f);
  return wrappedDifference((vint)(whole + magic), (vint)magic);
}

constexpr float kLn2HiFloat = 0.693359375f, kLn2LoFloat = -2.12194440e-4f;

static inline vfloat vexp(vfloat x) {
  const vfloat inside = pick(x > 90.0f, broadcast(90.0f), pick(x < -105.0f, broadcast(-105.0f), x));
  const vfloat n = nearest(inside * 1.44269504f);
  const vfloat r = (inside - n * kLn2HiFloat) - n * kLn2LoFloat;
  vfloat p = broadcast(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const vfloat value = 1.0f + (r + r * r * p);
  const vint k = toInteger(n), half = k >> 1;
  const vfloat scaled = value * (vfloat)((half + 127) << 23) * (vfloat)((k - half + 127) << 23);
  return pick(x > 88.72284f, broadcast(__builtin_inff()), pick(x < -103.97208f, vfloat{}, scaled));
}

static inline vfloat vlog(vfloat x) {
  const vint tiny = x < 1.17549435e-38f;
  const vfloat y = pick(tiny, x * 33554432.0f, x);
  const vint shifted = wrappedDifference((vint)y, everyLane(0x3f3504f3));
  const vfloat k = pick(tiny, broadcast(-25.0f), vfloat{}) + __builtin_convertvector(shifted >> 23, vfloat);
  const vfloat f = (vfloat)wrappedDifference((vint)y, (shifted >> 23) << 23) - 1.0f;
  const vfloat z = f * f;
  const vfloat p = logarithmSeries(f);
  const vfloat value = (f + ((p * f * z + k * kLn2LoFloat) - 0.5f * z)) + k * kLn2HiFloat;
  const vfloat special =
      pick(x == 0.0f, broadcast(-__builtin_inff()), pick(x > 0.0f, x, broadcast(__builtin_nanf(""))));
  return pick((x > 0.0f) & (x <= 3.402823466e38f), value, special);
}

/// sin (shift 0) or cos (shift 1); where a lane is beyond 60, all go through double precision.
static inline vfloat sine(vfloat x, int32_t shift) {
  if (anyLane(~((x <= 60.0f) & (x >= -60.0f)))) {
    float lanes[kFloatLanes];
    store(lanes, x);
    for (int i = 0; i < kFloatLanes; i += kDoubleLanes)
      storeDouble(lanes + i, sine(loadDouble(lanes + i), static_cast<int64_t>(shift)));
    return load(lanes);
  }
  const vfloat n = nearest(x * 0.636619772f);
  // pi/2 in parts whose products with n are exact
  const vfloat r = ((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) - n * 7.54978995489188216e-8f;
  const vfloat z = r * r;
  const vfloat s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  const vfloat c =
      ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
  const vint quadrant = wrappedSum(toInteger(n), everyLane(shift));
  const vfloat value = pick((quadrant & 1) != 0, c, s);
  return pick((quadrant & 2) != 0, -value, value);
}

static inline vfloat vsin(vfloat x) { return sine(x, 0); }
static inline vfloat vcos(vfloat x) { return sine(x, 1); }

/// log2(x) of positive normal doubles, to about 2^-34.
static inline vdouble roughLog2(vdouble x) {
  const vlong shifted = wrappedDifference(bitsOf(x), everyLane(int64_t{0x3fe6a09e667f3bcd}));
  const vdouble k = __builtin_convertvector(shifted >> 52, vdouble);
  const vdouble m = fromBits(wrappedDifference(bitsOf(x), (shifted >> 52) << 52));
  // log2 m = 2 / ln 2 * (s + s^3 / 3 + s^5 / 5 ...), |s| < 0.172
  const vdouble s = (m - 1.0) / (m + 1.0), z = s * s;
  vdouble p = broadcast(2.0 / 13 * 1.44269504088896338700);
  p = p * z + 2.0 / 11 * 1.44269504088896338700;
  p = p * z + 2.0 / 9 * 1.44269504088896338700;
  p = p * z + 2.0 / 7 * 1.44269504088896338700;
  p = p * z + 2.0 / 5 * 1.44269504088896338700;
  p = p * z + 2.0 / 3 * 1.44269504088896338700;
  p = p * z + 2.0 * 1.44269504088896338700;
  return k + s * p;
}

/// 2^x to about 2^-30, for |x| < 1000.
static inline vdouble roughExp2(vdouble x) {
  const vdouble n = nearest(x), r = (x - n) * 6.93147180559945286e-01;
  vdouble p = broadcast(1.0 / 40320);
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  return p * fromBits((toInteger(n) + 1023) << 52);
}

/// x^y for x and y that are single precision, as doubles: within 2 units in the last place once rounded to single.
static inline vdouble vpowOfFloats(vdouble x, vdouble y) {
  const vlong isWhole = (nearest(y) == y) & (y <= 1e15) & (y >= -1e15);
  const vdouble half = 0.5 * y, size = pick(x < 0.0, -x, x);
  const vlong plain = ((x > 0.0) | ((x < 0.0) & isWhole)) & (size <= 3.5e38) & (y >= -3.5e38) & (y <= 3.5e38);
  const vdouble exponent = pick(plain, y, vdouble{}) * roughLog2(pick(plain, size, broadcast(1.0)));
  const vdouble most = broadcast(300.0);  // beyond the range of singles either way
  vdouble value = roughExp2(pick(exponent > most, most, pick(exponent < -most, -most, exponent)));
  value = pick((x < 0.0) & (nearest(half) != half), -value, value);
  if (anyLane(~plain)) {
    for (int i = 0; i < kDoubleLanes; ++i)
      if (!plain[i]) value[i] = powerOfLane(x[i], y[i]);
  }
  return value;
}

}  // namespace halolaw::simd::HL_ISA
