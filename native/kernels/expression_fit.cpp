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

double dot2(const double* a, const double* b, int rows) {
  vdouble sum = {}, more = {};
  int i = 0;
  for (; i + 2 * kDoubleLanes <= rows; i += 2 * kDoubleLanes) {
    sum += load(a + i) * load(b + i);
    more += load(a + i + kDoubleLanes) * load(b + i + kDoubleLanes);
  }
  double rest = 0;
  for (; i < rows; ++i) rest += a[i] * b[i];
  return total(sum + more) + rest;
}

void normalEquations(const double* const* jacobian, int count, const double* weight, const double* slope, int rows, double* normal,
                     double* gradient) {
  for (int i = 0; i < count; ++i) {
    gradient[i] += dot2(jacobian[i], slope, rows);
    for (int j = 0; j <= i; ++j) normal[i * count + j] += dot3(jacobian[i], weight, jacobian[j], rows);
  }
}

void lineSums(const double* values, double shift, const double* weight, const double* slope, int rows, double* sums) {
  vdouble s0 = {}, s1 = {}, s2 = {}, s3 = {}, s4 = {};
  int i = 0;
  for (; i + kDoubleLanes <= rows; i += kDoubleLanes) {
    const vdouble f = load(values + i) - shift, w = load(weight + i), g = load(slope + i), wf = w * f;
    s0 += w;
    s1 += wf;
    s2 += wf * f;
    s3 += g;
    s4 += g * f;
  }
  double t0 = total(s0), t1 = total(s1), t2 = total(s2), t3 = total(s3), t4 = total(s4);
  for (; i < rows; ++i) {
    const double f = values[i] - shift;
    t0 += weight[i];
    t1 += weight[i] * f;
    t2 += weight[i] * f * f;
    t3 += slope[i];
    t4 += slope[i] * f;
  }
  sums[0] += t0, sums[1] += t1, sums[2] += t2, sums[3] += t3, sums[4] += t4;
}

/// Sum of weight * f(a - b); four sums at once, for one would wait on each addition.
template <typename F>
double sumOfDifferences(const double* a, const double* b, const double* weight, int rows, F f) {
  vdouble sums[4] = {};
  int i = 0;
  for (; i + 4 * kDoubleLanes <= rows; i += 4 * kDoubleLanes)
    for (int k = 0; k < 4; ++k) {
      const int at = i + k * kDoubleLanes;
      const vdouble value = f(load(a + at) - load(b + at));
      sums[k] += weight ? load(weight + at) * value : value;
    }
  double rest = 0;
  for (; i < rows; ++i) {
    const vdouble value = f(vdouble{} + (a[i] - b[i]));
    rest += weight ? weight[i] * value[0] : value[0];
  }
  return total((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

double squaredSum(const double* a, const double* b, const double* weight, int rows) {
  return sumOfDifferences(a, b, weight, rows, [](vdouble r) { return r * r; });
}

double absoluteSum(const double* a, const double* b, const double* weight, int rows) {
  return sumOfDifferences(a, b, weight, rows, [](vdouble r) { return r < 0 ? -r : r; });
}

bool allFinite(const double* values, int rows) {
  // one bad value makes the sum of v - v not zero
  vdouble sum = {};
  int i = 0;
  for (; i + kDoubleLanes <= rows; i += kDoubleLanes) sum += load(values + i) - load(values + i);
  double rest = total(sum);
  for (; i < rows; ++i) rest += values[i] - values[i];
  return rest == 0;
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
  static constexpr FitKernels kernels = {normalEquations, lineSums, squaredSum, absoluteSum, allFinite, correlate};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
