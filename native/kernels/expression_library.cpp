#include "../expression_library_kernels.h"

#include "../vector_math.h"

namespace halolaw {
namespace HL_ISA {

namespace {

template <typename V>
auto total(V v) {
  auto sum = v[0];
  for (unsigned i = 1; i < sizeof v / sizeof sum; ++i) sum += v[i];
  return sum;
}

void correlate(const float* library, int count, int rows, const float* weight, const float* weightedWanted, const float* sums,
               float* score) {
  const float spread = sums[2] - sums[1] * sums[1] / sums[0];
  for (int k = 0; k < count; ++k) {
    const float* column = library + static_cast<long>(k) * rows;
    vfloat first = {}, second = {}, cross = {};
    for (int i = 0; i < rows; i += kFloatLanes) {
      const vfloat l = load(column + i), wl = load(weight + i) * l;
      first += wl;
      second += wl * l;
      cross += load(weightedWanted + i) * l;
    }
    const float s1 = total(first), s2 = total(second), s3 = total(cross);
    const float own = s2 - s1 * s1 / sums[0], shared = s3 - s1 * sums[1] / sums[0];
    score[k] = own > 1e-6f * s2 ? shared * shared / (own * spread) : 0.0f;
  }
}

void dots(const float* library, int count, int rows, const double* wanted, double* out) {
  for (int k = 0; k < count; ++k) {
    const float* column = library + static_cast<long>(k) * rows;
    vdouble even = {}, odd = {};
    for (int i = 0; i < rows; i += 2 * kDoubleLanes) {
      even += loadDouble(column + i) * load(wanted + i);
      odd += loadDouble(column + i + kDoubleLanes) * load(wanted + i + kDoubleLanes);
    }
    out[k] = total(even + odd);
  }
}

bool anyPairAbove(const double* gram, const double* cross, double own, double least, int count) {
  vlong any = {};
  int j = 0;
  for (; j + kDoubleLanes <= count; j += kDoubleLanes) {
    const vdouble r = load(gram + j), c = load(cross + j), free = 1.0 - r * r;
    any |= (own * own + c * c - 2.0 * own * c * r > least * free) & (free >= 1e-6);
  }
  bool rest = false;
  for (; j < count; ++j) {
    const double r = gram[j], c = cross[j], free = 1 - r * r;
    rest |= own * own + c * c - 2 * own * c * r > least * free && free >= 1e-6;
  }
  return rest || anyLane(any);
}

}  // namespace

const LibraryKernels& libraryKernels() {
  static constexpr LibraryKernels kernels = {correlate, dots, anyPairAbove};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
