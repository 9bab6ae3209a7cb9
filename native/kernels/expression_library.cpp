#include "kernels/expression_library.h"

#include "simd/vector_math.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

template <typename V>
auto total(V v) {
  auto sum = v[0];
  for (unsigned i = 1; i < sizeof v / sizeof sum; ++i) sum += v[i];
  return sum;
}

void correlate(Span<const float> library, Span<const float> weight, Span<const float> weightedTarget,
               Span<const float> sums, Span<float> score) {
  const int rows = static_cast<int>(weight.size());
  HL_EXPECT(library.size() >= score.size() * weight.size() && weightedTarget.size() >= weight.size());
  HL_EXPECT(rows % kFloatLanes == 0 && sums.size() >= 3);
  const float *weights = weight.data(), *target = weightedTarget.data();
  const float spread = sums[2] - sums[1] * sums[1] / sums[0];
  for (size_t k = 0; k < score.size(); ++k) {
    const float* column = library.data() + k * weight.size();
    vfloat first = {}, second = {}, cross = {};
    for (int i = 0; i < rows; i += kFloatLanes) {
      const vfloat l = load(column + i), wl = load(weights + i) * l;
      first += wl;
      second += wl * l;
      cross += load(target + i) * l;
    }
    const float s1 = total(first), s2 = total(second), s3 = total(cross);
    const float ofColumn = s2 - s1 * s1 / sums[0], shared = s3 - s1 * sums[1] / sums[0];
    score[k] = ofColumn > 1e-6f * s2 ? shared * shared / (ofColumn * spread) : 0.0f;
  }
}

void dots(Span<const float> library, Span<const double> target, Span<double> out) {
  const int rows = static_cast<int>(target.size());
  HL_EXPECT(library.size() >= out.size() * target.size() && rows % (2 * kDoubleLanes) == 0);
  const double* values = target.data();
  for (size_t k = 0; k < out.size(); ++k) {
    const float* column = library.data() + k * target.size();
    vdouble even = {}, odd = {};
    for (int i = 0; i < rows; i += 2 * kDoubleLanes) {
      even += loadDouble(column + i) * load(values + i);
      odd += loadDouble(column + i + kDoubleLanes) * load(values + i + kDoubleLanes);
    }
    out[k] = total(even + odd);
  }
}

bool anyPairAbove(Span<const double> gram, Span<const double> cross, double ofI, double least) {
  const int count = static_cast<int>(gram.size());
  HL_EXPECT(cross.size() >= gram.size());
  const double *grams = gram.data(), *crosses = cross.data();
  vlong any = {};
  int j = 0;
  for (; j + kDoubleLanes <= count; j += kDoubleLanes) {
    const vdouble r = load(grams + j), c = load(crosses + j), free = 1.0 - r * r;
    any |= (ofI * ofI + c * c - 2.0 * ofI * c * r > least * free) & (free >= 1e-6);
  }
  bool rest = false;
  for (; j < count; ++j) {
    const double r = grams[j], c = crosses[j], free = 1 - r * r;
    rest |= ofI * ofI + c * c - 2 * ofI * c * r > least * free && free >= 1e-6;
  }
  return rest || anyLane(any);
}

}  // namespace

const LibraryKernels& libraryKernels() {
  static constexpr LibraryKernels kernels = {correlate, dots, anyPairAbove};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
