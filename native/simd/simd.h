// Short vectors by the compiler's own extension (GCC and Clang): one source serves AVX-512, AVX2, SSE2 and NEON.
// HL_VECTOR_BYTES comes from the build for each instruction set. For files in kernels/ only.
#pragma once

#include <cstdint>

#ifndef HL_VECTOR_BYTES
#error "simd.h belongs to files in kernels/, which are compiled for each instruction set"
#endif

namespace halolaw::simd::HL_ISA {

typedef float vfloat __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef float vfloat_unaligned __attribute__((vector_size(HL_VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t vint __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef uint32_t vuint __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef int64_t vlong __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef uint64_t vulong __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef double vdouble __attribute__((vector_size(HL_VECTOR_BYTES)));
typedef double vdouble_unaligned __attribute__((vector_size(HL_VECTOR_BYTES), aligned(8), may_alias));

constexpr int kFloatLanes = HL_VECTOR_BYTES / 4;
constexpr int kDoubleLanes = HL_VECTOR_BYTES / 8;

/// The vector of an element type, for code that serves both.
template <typename T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef vfloat type;
};
template <>
struct VectorOf<double> {
  typedef vdouble type;
};
template <typename T>
using Vector = typename VectorOf<T>::type;
template <typename T>
constexpr int kLanes = HL_VECTOR_BYTES / sizeof(T);

static inline vfloat load(const float* p) { return *reinterpret_cast<const vfloat_unaligned*>(p); }
static inline void store(float* p, vfloat v) { *reinterpret_cast<vfloat_unaligned*>(p) = v; }
static inline vdouble load(const double* p) { return *reinterpret_cast<const vdouble_unaligned*>(p); }
static inline void store(double* p, vdouble v) { *reinterpret_cast<vdouble_unaligned*>(p) = v; }
static inline vfloat broadcast(float x) { return x - vfloat{}; }
static inline vdouble broadcast(double x) { return x - vdouble{}; }
static inline vfloat pick(vint mask, vfloat a, vfloat b) { return mask ? a : b; }
static inline vdouble pick(vlong mask, vdouble a, vdouble b) { return mask ? a : b; }

/// Sums and differences of bits, which may overflow: signed vectors must not.
static inline vint wrappedSum(vint a, vint b) { return (vint)((vuint)a + (vuint)b); }
static inline vint wrappedDifference(vint a, vint b) { return (vint)((vuint)a - (vuint)b); }
static inline vlong wrappedSum(vlong a, vlong b) { return (vlong)((vulong)a + (vulong)b); }
static inline vlong wrappedDifference(vlong a, vlong b) { return (vlong)((vulong)a - (vulong)b); }
static inline vint everyLane(int32_t x) { return x - vint{}; }
static inline vlong everyLane(int64_t x) { return x - vlong{}; }

/// The p of log(1 + f) = f - f^2 / 2 + p f^3 for 1 + f in [sqrt(1/2), sqrt(2)), in single precision, one value or a
/// vector of them (polynomial of Cephes' logf).
template <typename Value>
static inline Value logarithmSeries(Value f) {
  Value p = f * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  return p * f + 3.3333331174e-1f;
}

}  // namespace halolaw::simd::HL_ISA
