#include "../expression_fit_kernels.h"

#include "../simd.h"

namespace halolaw {
namespace HL_ISA {

namespace {

double total(vdouble v) {
  double sum = 0;
  for (int i = 0; i < kDoubleLanes; ++i) sum += v[i];
  return sum;
}

float total(vfloat v) {
  float sum = 0;
  for (int i = 0; i < kFloatLanes; ++i) sum += v[i];
  return sum;
}

double dot3(const double* a, const double* b, const double* c, int rows) {
  vdouble sum = {}, more = {};
  int i = 0;
  for (; i + 2 * kDoubleLanes <= rows; i += 2 * kDoubleLanes) {
    sum += load(a + i) * load(b + i) * load(c + i);
    more += load(a + i + kDoubleLanes) * load(b + i + kDoubleLanes) * load(c + i + kDoubleLanes);
  }
  double rest = 0;
  for (; i < rows; ++i) rest += a[i] * b[i] * c[i];
  return total(sum + more) + rest;
}

void normalEquations(const double* const* jacobian, int count, const double* weight, const double* residual, int rows,
                     double* normal, double* gradient) {
  for (int i = 0; i < count; ++i) {
    gradient[i] = dot3(jacobian[i], weight, residual, rows);
    for (int j = 0; j <= i; ++j) normal[i * count + j] = normal[j * count + i] = dot3(jacobian[i], weight, jacobian[j], rows);
  }
}

/// sums: weight, weight * wanted, weight * wanted^2
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

}  // namespace

const FitKernels& fitKernels() {
  static constexpr FitKernels kernels = {normalEquations, correlate};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
