#include "kernels/cell_scan.h"

#include "simd/simd.h"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

typedef uint32_t Mask;

#if defined(__AVX512F__)

inline Mask lanesBelow(vfloat v, float limit) {
  return _mm512_cmp_ps_mask((__m512)v, _mm512_set1_ps(limit), _CMP_LT_OQ);
}
inline vfloat squareRoot(vfloat v) { return (vfloat)_mm512_maskz_sqrt_ps(0xffff, (__m512)v); }
/// The chosen lanes, moved to the front; the next vector overwrites the rest.
struct Compressor {
  __mmask16 mask;
  explicit Compressor(Mask inside) : mask(static_cast<__mmask16>(inside)) {}
  void store(float* to, vfloat v) const { _mm512_storeu_ps(to, _mm512_maskz_compress_ps(mask, (__m512)v)); }
  void store(uint32_t* to, const uint32_t* from) const {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, _mm512_loadu_si512(from)));
  }
};

#elif defined(__AVX2__)

/// For each of the 256 masks, where the lanes of the compressed vector come from.
struct PermutationTable {
  alignas(32) int32_t lane[256][8];
  constexpr PermutationTable() : lane() {
    for (int mask = 0; mask < 256; ++mask) {
      int n = 0;
      for (int bit = 0; bit < 8; ++bit)
        if (mask & (1 << bit)) lane[mask][n++] = bit;
    }
  }
};
constexpr PermutationTable kPermutations;

inline Mask lanesBelow(vfloat v, float limit) {
  return static_cast<Mask>(_mm256_movemask_ps(_mm256_cmp_ps((__m256)v, _mm256_set1_ps(limit), _CMP_LT_OQ)));
}
inline vfloat squareRoot(vfloat v) { return (vfloat)_mm256_sqrt_ps((__m256)v); }
struct Compressor {
  __m256i permutation;
  explicit Compressor(Mask inside)
      : permutation(_mm256_load_si256(reinterpret_cast<const __m256i*>(kPermutations.lane[inside]))) {}
  void store(float* to, vfloat v) const { _mm256_storeu_ps(to, _mm256_permutevar8x32_ps((__m256)v, permutation)); }
  void store(uint32_t* to, const uint32_t* from) const {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(v, permutation));
  }
};

#else

inline Mask lanesBelow(vfloat v, float limit) {
  Mask mask = 0;
  for (int lane = 0; lane < kFloatLanes; ++lane) mask |= static_cast<Mask>(v[lane] < limit) << lane;
  return mask;
}
inline vfloat squareRoot(vfloat v) {
  for (int lane = 0; lane < kFloatLanes; ++lane) v[lane] = __builtin_sqrtf(v[lane]);
  return v;
}
struct Compressor {
  Mask lanes;
  explicit Compressor(Mask inside) : lanes(inside) {}
  void store(float* to, vfloat v) const {
    for (int lane = 0, n = 0; lane < kFloatLanes; ++lane) {
      to[n] = v[lane];
      n += (lanes >> lane) & 1;
    }
  }
  void store(uint32_t* to, const uint32_t* from) const {
    for (int lane = 0, n = 0; lane < kFloatLanes; ++lane) {
      to[n] = from[lane];
      n += (lanes >> lane) & 1;
    }
  }
};

#endif

constexpr Mask kAllLanes = (Mask{1} << kFloatLanes) - 1;

/// Calls visit(first sender of the vector, lanes inside, dx, dy, dz, r^2) for every vector with a neighbour in it.
template <class Visit>
inline void scanRuns(const CellScan& scan, Visit visit) {
  const float *x = scan.x.data(), *y = scan.y.data(), *z = scan.z.data();
  for (const CellRun& run : scan.runs) {
    HL_EXPECT(run.end <= scan.x.size());
    const vfloat ax = broadcast(run.ax), ay = broadcast(run.ay), az = broadcast(run.az);
    const vfloat bx = broadcast(run.bx), by = broadcast(run.by), bz = broadcast(run.bz);
    for (uint32_t first = run.begin; first < run.end; first += kFloatLanes) {
      const vfloat dx = (load(x + first) + ax) - bx;
      const vfloat dy = (load(y + first) + ay) - by;
      const vfloat dz = (load(z + first) + az) - bz;
      const vfloat r2 = dx * dx + dy * dy + dz * dz;
      Mask valid = kAllLanes;
      if (run.end - first < kFloatLanes) valid = (Mask{1} << (run.end - first)) - 1;
      if (scan.self - first < kFloatLanes) valid &= ~(Mask{1} << (scan.self - first));
      Mask inside = lanesBelow(r2, scan.surelyInside) & valid;
      Mask doubtful = lanesBelow(r2, scan.surelyOutside) & valid & ~inside;
      for (; doubtful; doubtful &= doubtful - 1) {
        const int lane = __builtin_ctz(doubtful);
        if (scan.decide(scan.context, first + static_cast<uint32_t>(lane), run)) inside |= Mask{1} << lane;
      }
      if (inside) visit(first, inside, dx, dy, dz, r2);
    }
  }
}

size_t find(const CellScan& scan, const NeighbourRoom& out) {
  const uint32_t* original = scan.original.data();
  uint32_t* index = out.index.data();
  float *dx = out.dx.data(), *dy = out.dy.data(), *dz = out.dz.data(), *r = out.r.data();
  size_t count = 0;
  scanRuns(scan, [&](uint32_t first, Mask inside, vfloat x, vfloat y, vfloat z, vfloat r2) {
    HL_EXPECT(count + kFloatLanes <= out.r.size());
    const Compressor compressor(inside);
    compressor.store(index + count, original + first);
    compressor.store(dx + count, x);
    compressor.store(dy + count, y);
    compressor.store(dz + count, z);
    compressor.store(r + count, r2);
    count += static_cast<size_t>(__builtin_popcount(inside));
  });
  for (size_t i = 0; i < count; i += kFloatLanes) store(r + i, squareRoot(load(r + i)));
  return count;
}

size_t count(const CellScan& scan) {
  size_t total = 0;
  scanRuns(scan, [&](uint32_t, Mask inside, vfloat, vfloat, vfloat, vfloat) {
    total += static_cast<size_t>(__builtin_popcount(inside));
  });
  return total;
}

}  // namespace

const CellScanKernels& cellScanKernels() {
  static const CellScanKernels kernels = {find, count};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
