#include "kernels/expression_fit.h"

#include "simd/simd.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

template <typename T>
double total(Vector<T> v) {
  double sum = 0;
  for (int i = 0; i < kLanes<T>; ++i) sum += v[i];
  return sum;
}

template <typename V>
V sizeOf(V r) {
  return pick(r < 0, -r, r);
}
template <typename V>
V larger(V a, V b) {
  return pick(a > b, a, b);
}

/// Losses of a vector of distances, and their slope and curvature.
template <typename T>
struct Squared {
  using V = Vector<T>;
  V value(V r) const { return r * r; }
  void slopes(V r, V& slope, V& curvature) const { slope = r + r, curvature = broadcast(T(2)); }
};

template <typename T>
struct Absolute {
  using V = Vector<T>;
  V floor;
  V value(V r) const { return sizeOf(r); }
  void slopes(V r, V& slope, V& curvature) const { curvature = 1 / larger(floor, sizeOf(r)), slope = curvature * r; }
};

template <typename T>
struct Huber {
  using V = Vector<T>;
  V delta;
  V value(V r) const {
    const V size = sizeOf(r), half = broadcast(T(0.5));
    return pick(size <= delta, half * r * r, delta * (size - half * delta));
  }
  void slopes(V r, V& slope, V& curvature) const {
    const V size = sizeOf(r);
    curvature = pick(size <= delta, broadcast(T(1)), delta / size), slope = curvature * r;
  }
};

template <typename T>
struct Quantile {
  using V = Vector<T>;
  V tau, floor;
  V value(V r) const { return pick(r <= 0, -tau * r, (1 - tau) * r); }
  void slopes(V r, V& slope, V& curvature) const {
    const V half = broadcast(T(0.5));
    curvature = half / larger(floor, sizeOf(r)), slope = curvature * r + half - tau;
  }
};

/// body(loss), the loss as one of the types above. A floor of 0 would divide by it.
template <typename T, typename Body>
void withLoss(const DistanceLoss& loss, double floor, Body body) {
  const T least = static_cast<T>(floor), smallest = sizeof(T) == 4 ? T(1e-30f) : T(1e-300);
  const Vector<T> kink = broadcast(least > smallest ? least : smallest),
                  parameter = broadcast(static_cast<T>(loss.parameter));
  switch (loss.kind) {
    case DistanceLoss::Kind::squared: return body(Squared<T>{});
    case DistanceLoss::Kind::absolute: return body(Absolute<T>{kink});
    case DistanceLoss::Kind::huber: return body(Huber<T>{parameter});
    case DistanceLoss::Kind::quantile: return body(Quantile<T>{parameter, kink});
  }
}

/// The first `count` values, 0 beyond.
template <typename T>
Vector<T> loadPart(const T* p, int count) {
  T part[kLanes<T>] = {};
  for (int k = 0; k < count; ++k) part[k] = p[k];
  return load(part);
}

/// body(row, values, distance, weight, accumulator) for the rows' vectors, with several accumulators in turn, because a
/// single one would wait for each addition. Past the last row values and weights are 0.
template <typename T, typename Body>
void eachVector(const LineRows<T>& rows, Body body) {
  using V = Vector<T>;
  const V scale = broadcast(rows.scale), offset = broadcast(rows.offset), one = broadcast(T(1));
  const T *values = rows.values.data(), *target = rows.target.data();
  const T* const weights = rows.weight.empty() ? nullptr : rows.weight.data();
  const int count = static_cast<int>(rows.values.size());
  HL_EXPECT(rows.target.size() >= rows.values.size());
  HL_EXPECT(!weights || rows.weight.size() >= rows.values.size());
  const auto at = [&](int i, int turn) {
    const V f = load(values + i);
    body(i, f, scale * f + offset - load(target + i), weights ? load(weights + i) : one, turn);
  };
  int i = 0;
  for (; i + 4 * kLanes<T> <= count; i += 4 * kLanes<T>)
    for (int turn = 0; turn < 4; ++turn) at(i + turn * kLanes<T>, turn);
  for (; i + kLanes<T> <= count; i += kLanes<T>) at(i, 0);
  if (i == count) return;
  T ones[kLanes<T>];
  for (int k = 0; k < kLanes<T>; ++k) ones[k] = 1;
  const int rest = count - i;
  const V f = loadPart(values + i, rest);
  body(i, f, scale * f + offset - loadPart(target + i, rest), loadPart(weights ? weights + i : ones, rest), 1);
}

template <typename T>
double lossSum(const DistanceLoss& loss, const LineRows<T>& rows) {
  double sum = 0;
  withLoss<T>(loss, 0, [&](auto kind) {
    Vector<T> sums[4] = {};
    eachVector(rows,
               [&](int, Vector<T>, Vector<T> r, Vector<T> weight, int turn) { sums[turn] += weight * kind.value(r); });
    for (const Vector<T>& part : sums) sum += total<T>(part);
  });
  return sum;
}

template <typename T>
void lossSlopes(const DistanceLoss& loss, const LineRows<T>& rows, double floor, Span<T> slopes, Span<T> curvatures) {
  HL_EXPECT(slopes.size() >= rows.values.size() && curvatures.size() >= rows.values.size());
  T *slope = slopes.data(), *curvature = curvatures.data();
  const int count = static_cast<int>(rows.values.size());
  withLoss<T>(loss, floor, [&](auto kind) {
    eachVector(rows, [&](int i, Vector<T>, Vector<T> r, Vector<T> weight, int) {
      Vector<T> g, h;
      kind.slopes(r, g, h);
      g *= weight, h *= weight;
      if (i + kLanes<T> <= count) {
        store(slope + i, g);
        store(curvature + i, h);
      } else {
        for (int k = i; k < count; ++k) slope[k] = g[k - i], curvature[k] = h[k - i];
      }
    });
  });
}

template <typename T>
void lineSums(const DistanceLoss& loss, const LineRows<T>& rows, double floor, double shift, Span<double> sums) {
  const Vector<T> middle = broadcast(static_cast<T>(shift));
  withLoss<T>(loss, floor, [&](auto kind) {
    Vector<T> parts[4][5] = {};
    eachVector(rows, [&](int, Vector<T> values, Vector<T> r, Vector<T> weight, int turn) {
      Vector<T> g, h;
      kind.slopes(r, g, h);
      g *= weight, h *= weight;
      const Vector<T> f = values - middle, hf = h * f;
      parts[turn][0] += h;
      parts[turn][1] += hf;
      parts[turn][2] += hf * f;
      parts[turn][3] += g;
      parts[turn][4] += g * f;
    });
    for (size_t k = 0; k < 5; ++k)
      for (int turn = 0; turn < 4; ++turn) sums[k] += total<T>(parts[turn][k]);
  });
}

/// Sums of left * weight * each of kColumns columns; the weight may be null.
template <typename T, int kColumns>
void products(const T* left, const T* weight, const T* const* columns, int rows, double* out) {
  Vector<T> even[kColumns] = {}, odd[kColumns] = {};
  const auto add = [&](int i, Vector<T>* sums) {
    const Vector<T> w = weight ? load(left + i) * load(weight + i) : load(left + i);
    for (int k = 0; k < kColumns; ++k) sums[k] += w * load(columns[k] + i);
  };
  int i = 0;
  for (; i + 2 * kLanes<T> <= rows; i += 2 * kLanes<T>) {
    add(i, even);
    add(i + kLanes<T>, odd);
  }
  for (int k = 0; k < kColumns; ++k) {
    double rest = 0;
    for (int r = i; r < rows; ++r)
      rest += static_cast<double>(weight ? left[r] * weight[r] : left[r]) * static_cast<double>(columns[k][r]);
    out[k] += total<T>(even[k] + odd[k]) + rest;
  }
}

template <typename T>
void normalEquations(Span<const T* const> jacobian, Span<const T> weight, Span<const T> slope, Span<double> normal,
                     Span<double> gradient) {
  const int rows = static_cast<int>(slope.size()), count = static_cast<int>(jacobian.size());
  HL_EXPECT(normal.size() >= jacobian.size() * jacobian.size() && gradient.size() >= jacobian.size());
  HL_EXPECT(weight.empty() || weight.size() >= slope.size());
  const auto some = [rows](const T* left, const T* factor, const T* const* columns, int number, double* out) {
    int k = 0;
    for (; k + 4 <= number; k += 4) products<T, 4>(left, factor, columns + k, rows, out + k);
    if (number - k >= 2) products<T, 2>(left, factor, columns + k, rows, out + k), k += 2;
    if (k < number) products<T, 1>(left, factor, columns + k, rows, out + k);
  };
  const T* const* columns = jacobian.data();
  some(slope.data(), nullptr, columns, count, gradient.data());
  const T* const factor = weight.empty() ? nullptr : weight.data();
  for (int i = 0; i < count; ++i) some(columns[i], factor, columns, i + 1, normal.data() + i * count);
}

template <typename T>
bool allFinite(Span<const T> column) {
  // one bad value makes the sum of v - v not zero
  const T* values = column.data();
  const int rows = static_cast<int>(column.size());
  Vector<T> sum = {};
  int i = 0;
  for (; i + kLanes<T> <= rows; i += kLanes<T>) sum += load(values + i) - load(values + i);
  double rest = total<T>(sum);
  for (; i < rows; ++i) rest += values[i] - values[i];
  return rest == 0;
}

template <typename T>
constexpr FitKernels<T> kernelsOf = {lossSum<T>, lossSlopes<T>, lineSums<T>, normalEquations<T>, allFinite<T>};

}  // namespace

const FitKernelsOfBoth& fitKernelsOfBoth() {
  static constexpr FitKernelsOfBoth kernels = {kernelsOf<float>, kernelsOf<double>};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
