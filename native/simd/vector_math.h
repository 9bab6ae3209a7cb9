// Vector exp, log, sin, cos and pow in double precision, to 2 units in the last place. For files in kernels/ only.
// Methods: argument reduction and minimax polynomials as in fdlibm (Sun Microsystems 1993, freely usable); pow carries
// its logarithm in two doubles. Lanes outside a method's range go to the C library.
#pragma once

#include <math.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "simd/simd.h"

namespace halolaw::simd::HL_ISA {

static inline vlong bitsOf(vdouble x) { return (vlong)x; }
static inline vdouble fromBits(vlong x) { return (vdouble)x; }

static inline bool anyLane(vlong mask) {
  int64_t any = 0;
  for (int i = 0; i < kDoubleLanes; ++i) any |= mask[i];
  return any != 0;
}

/// Nearest integer for |x| < 2^51.
static inline vdouble nearest(vdouble x) {
  const vdouble magic = broadcast(6755399441055744.0);
  return (x + magic) - magic;
}
static inline vlong toInteger(vdouble whole) {
  const vdouble magic = broadcast(6755399441055744.0);
  return wrappedDifference(bitsOf(whole + magic), bitsOf(magic));
}

/// a * b - c exactly rounded once.
static inline vdouble productError(vdouble a, vdouble b, vdouble product) {
#if defined(__AVX512F__)
  return (vdouble)_mm512_fmsub_pd((__m512d)a, (__m512d)b, (__m512d)product);
#elif defined(__FMA__)
  return (vdouble)_mm256_fmsub_pd((__m256d)a, (__m256d)b, (__m256d)product);
#elif defined(__aarch64__)
  vdouble out;
  for (int i = 0; i < kDoubleLanes; ++i) out[i] = __builtin_fma(a[i], b[i], -product[i]);
  return out;
#else
  // Veltkamp's splitting and Dekker's product
  const vdouble factor = broadcast(134217729.0);
  vdouble t = factor * a;
  const vdouble ah = t - (t - a), al = a - ah;
  t = factor * b;
  const vdouble bh = t - (t - b), bl = b - bh;
  return ((ah * bh - product) + ah * bl + al * bh) + al * bl;
#endif
}

struct Double2 {
  vdouble hi, lo;
};

static inline Double2 twoSum(vdouble a, vdouble b) {
  const vdouble s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

constexpr double kLn2Hi = 6.93147180369123816490e-01;  // 33 bits
constexpr double kLn2Lo = 1.90821492927058770002e-10;

/// exp(x + low) for |x| < 750 and a low part far smaller than x.
static inline vdouble expOfSum(vdouble x, vdouble low) {
  const vdouble n = nearest(x * 1.44269504088896338700);
  const vdouble r = (x - n * kLn2Hi) - (n * kLn2Lo - low);
  vdouble p = broadcast(1.0 / 6227020800.0);
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  const vdouble value = 1.0 + (r + r * r * p);
  // 2^n in two steps, for results below the normal range
  const vlong k = toInteger(n), half = k >> 1;
  return value * fromBits((half + 1023) << 52) * fromBits((k - half + 1023) << 52);
}

static inline vdouble vexp(vdouble x) {
  const vdouble inside = pick(x > 720.0, broadcast(720.0), pick(x < -750.0, broadcast(-750.0), x));
  const vdouble value = expOfSum(inside, vdouble{});
  return pick(x > 709.782712893384, broadcast(__builtin_inf()), pick(x < -745.1332191019412, vdouble{}, value));
}

/// x = 2^k * m with m in [sqrt(1/2), sqrt(2)), for positive finite x.
static inline vdouble splitPower(vdouble x, vdouble& k) {
  const vlong tiny = x < 2.2250738585072014e-308;
  x = pick(tiny, x * 18014398509481984.0, x);
  const vlong shifted = wrappedDifference(bitsOf(x), everyLane(int64_t{0x3fe6a09e667f3bcd}));
  k = pick(tiny, broadcast(-54.0), vdouble{}) + __builtin_convertvector(shifted >> 52, vdouble);
  return fromBits(wrappedDifference(bitsOf(x), (shifted >> 52) << 52));
}

static inline vdouble vlog(vdouble x) {
  vdouble k;
  const vdouble f = splitPower(x, k) - 1.0;
  const vdouble s = f / (2.0 + f), z = s * s, w = z * z;
  const vdouble even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const vdouble odd =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const vdouble half = 0.5 * f * f;
  const vdouble value = k * kLn2Hi - ((half - (s * (half + odd + even) + k * kLn2Lo)) - f);
  const vdouble special = pick(x == 0.0, broadcast(-__builtin_inf()), pick(x > 0.0, x, broadcast(__builtin_nan(""))));
  return pick((x > 0.0) & (x <= 1.7976931348623157e308), value, special);
}

/// The logarithm of positive finite x in two doubles, to about 2^-66 relative.
static inline Double2 logInTwo(vdouble x) {
  vdouble k;
  const vdouble m = splitPower(x, k);
  const vdouble f = m - 1.0;
  const Double2 d = twoSum(m, broadcast(1.0));
  const vdouble s = f / d.hi;
  const vdouble sLow = (-productError(s, d.hi, f) - s * d.lo) / d.hi;
  // log m = 2 s + s z (2/3 + z (2/5 + z (2/7 + ...))), z = s^2; the first term of the bracket in two doubles
  const vdouble z = s * s;
  const vdouble zLow = productError(s, s, z) + 2.0 * s * sLow;
  vdouble tail = broadcast(2.0 / 23);
  tail = tail * z + 2.0 / 21;
  tail = tail * z + 2.0 / 19;
  tail = tail * z + 2.0 / 17;
  tail = tail * z + 2.0 / 15;
  tail = tail * z + 2.0 / 13;
  tail = tail * z + 2.0 / 11;
  tail = tail * z + 2.0 / 9;
  tail = tail * z + 2.0 / 7;
  tail = tail * z + 2.0 / 5;
  const double third = 2.0 / 3, thirdLow = 3.70074341541718826e-17;
  const vdouble a = z * third;
  const Double2 bracket = twoSum(broadcast(2.0), a);
  const vdouble bracketLow =
      bracket.lo + (productError(z, broadcast(third), a) + zLow * third + z * thirdLow + z * z * tail);
  const vdouble p = s * bracket.hi;
  const vdouble pLow = productError(s, bracket.hi, p) + s * bracketLow + sLow * bracket.hi;
  const Double2 sum = twoSum(k * kLn2Hi, p);
  const vdouble low = sum.lo + (pLow + k * kLn2Lo);
  const vdouble hi = sum.hi + low;
  return {hi, low - (hi - sum.hi)};
}

/// x^y as in the C library, except that it is NaN if x or y is NaN.
static inline double powerOfLane(double x, double y) {
  return x != x || y != y || (x < 0 && x > -__builtin_inf() && y != ::rint(y)) ? __builtin_nan("") : ::pow(x, y);
}
static inline vdouble vpow(vdouble x, vdouble y) {
  const vlong plain = (x > 0.0) & (x <= 1.7976931348623157e308) & (y >= -1e300) & (y <= 1e300);
  const Double2 log = logInTwo(pick(plain, x, broadcast(1.0)));
  const vdouble exponent = pick(plain, y, vdouble{});
  const vdouble p = exponent * log.hi;
  const vdouble big = broadcast(750.0);
  const vdouble bounded = pick(p > big, big, pick(p < -big, -big, p));
  const vdouble low = pick(bounded == p, productError(exponent, log.hi, p) + exponent * log.lo, vdouble{});
  vdouble value = expOfSum(bounded, low);
  value = pick(p > 709.7827128933841, broadcast(__builtin_inf()), pick(p < -745.2, vdouble{}, value));
  if (anyLane(~plain)) {
    for (int i = 0; i < kDoubleLanes; ++i)
      if (!plain[i]) value[i] = powerOfLane(x[i], y[i]);
  }
  return value;
}

/// sin (shift 0) or cos (shift 1) of x.
static inline vdouble sine(vdouble x, int64_t shift) {
  const vdouble n = nearest(x * 6.36619772367581382433e-01);
  // pi/2 in parts of 33 bits: n * part is exact for |n| < 2^20
  const vdouble a = x - n * 1.57079632673412561417e+00;
  const vdouble b = n * 6.07710050630396597660e-11;
  const vdouble r1 = a - b;
  const vdouble c = n * 2.02226624871116645580e-21 - ((a - r1) - b);
  const vdouble r2 = r1 - c;
  const vdouble low = n * 8.47842766036889956997e-32 - ((r1 - r2) - c);
  const vdouble r = r2 - low;
  const vdouble rLow = (r2 - r) - low;
  const vdouble z = r * r;
  const vdouble sp =
      8.33333333332248946124e-03 +
      z * (-1.98412698298579493134e-04 +
           z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  const vdouble cube = z * r;
  const vdouble s = r - ((z * (0.5 * rLow - cube * sp) - rLow) - cube * -1.66666666666666324348e-01);
  const vdouble cp = z * (4.16666666666666019037e-02 +
                          z * (-1.38888888888741095749e-03 +
                               z * (2.48015872894767294178e-05 +
                                    z * (-2.75573143513906633035e-07 +
                                         z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  const vdouble half = 0.5 * z;
  const vdouble w = 1.0 - half;
  const vdouble co = w + (((1.0 - w) - half) + (z * cp - r * rLow));
  const vlong quadrant = wrappedSum(toInteger(n), everyLane(shift));
  vdouble value = pick((quadrant & 1) != 0, co, s);
  value = pick((quadrant & 2) != 0, -value, value);
  const vlong far = ~((x <= 1e6) & (x >= -1e6));
  if (anyLane(far)) {
    for (int i = 0; i < kDoubleLanes; ++i)
      if (far[i]) value[i] = shift ? ::cos(x[i]) : ::sin(x[i]);
  }
  return value;
}

static inline vdouble vsin(vdouble x) { return sine(x, 0); }
static inline vdouble vcos(vdouble x) { return sine(x, 1); }

/// Lane by lane through the C library.
template <double (*f)(double)>
static inline vdouble lanes(vdouble x) {
  vdouble out;
  for (int i = 0; i < kDoubleLanes; ++i) out[i] = f(x[i]);
  return out;
}

static inline vdouble loadDouble(const double* p) { return load(p); }
static inline vdouble loadDouble(const float* p) {
  typedef float half __attribute__((vector_size(HL_VECTOR_BYTES / 2)));
  half h;
  memcpy(&h, p, sizeof h);
  return __builtin_convertvector(h, vdouble);
}
static inline void storeDouble(double* p, vdouble v) { store(p, v); }
static inline void storeDouble(float* p, vdouble v) {
  typedef float half __attribute__((vector_size(HL_VECTOR_BYTES / 2)));
  const half h = __builtin_convertvector(v, half);
  memcpy(p, &h, sizeof h);
}

}  // namespace halolaw::simd::HL_ISA
