#include "kernels/expression_operators.h"

#include "simd/vector_math_arc.h"
#include "simd/vector_math_float.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

template <typename V>
inline V truth(V value) {
  // 1 where `value` is not 0
  return pick(value != V{}, V{} + 1, V{});
}

/// out = f(a), where f takes vectors of the element type.
template <typename T, typename F>
inline void map(const T* a, T* out, int rows, F f) {
  for (int i = 0; i < rows; i += kLanes<T>) store(out + i, f(load(a + i)));
}

template <typename T, typename F>
inline void map(const T* a, const T* b, T* out, int rows, F f) {
  for (int i = 0; i < rows; i += kLanes<T>) store(out + i, f(load(a + i), load(b + i)));
}

/// The same in double precision, whatever the element type.
template <typename T, typename F>
inline void mapDoubles(const T* a, T* out, int rows, F f) {
  for (int i = 0; i < rows; i += kDoubleLanes) storeDouble(out + i, f(loadDouble(a + i)));
}

template <typename T, typename F>
inline void mapDoubles(const T* a, const T* b, T* out, int rows, F f) {
  for (int i = 0; i < rows; i += kDoubleLanes) storeDouble(out + i, f(loadDouble(a + i), loadDouble(b + i)));
}

/// Elementwise f of two operands, either of which may be one value for all rows.
template <typename T, typename F>
inline void mapPair(const Operand<T>& a, const Operand<T>& b, T* out, int rows, F f) {
  const Vector<T> x = broadcast(a.scalar), y = broadcast(b.scalar);
  if (a.isScalar && b.isScalar) {
    const Vector<T> value = f(x, y);
    for (int i = 0; i < rows; i += kLanes<T>) store(out + i, value);
  } else if (a.isScalar) {
    map(b.values, out, rows, [x, f](Vector<T> v) { return f(x, v); });
  } else if (b.isScalar) {
    map(a.values, out, rows, [y, f](Vector<T> v) { return f(v, y); });
  } else {
    map(a.values, b.values, out, rows, f);
  }
}

inline vdouble powerOf(const double*, vdouble x, vdouble y) { return vpow(x, y); }
inline vdouble powerOf(const float*, vdouble x, vdouble y) { return vpowOfFloats(x, y); }

template <typename T>
void power(const T* a, const Operand<T>& exponent, T* out, int rows) {
  using V = Vector<T>;
  if (!exponent.isScalar)
    return mapDoubles(a, exponent.values, out, rows,
                      [](vdouble x, vdouble y) { return powerOf(static_cast<T*>(nullptr), x, y); });
  const T e = exponent.scalar;
  if (e == 2) return map(a, out, rows, [](V x) { return x * x; });
  if (e == 1) return map(a, out, rows, [](V x) { return x; });
  if (e == 3) return map(a, out, rows, [](V x) { return x * x * x; });
  if (e == -1) return map(a, out, rows, [](V x) { return 1 / x; });
  if (e == -2) return map(a, out, rows, [](V x) { return 1 / (x * x); });
  mapDoubles(a, out, rows,
             [e](vdouble x) { return powerOf(static_cast<T*>(nullptr), x, broadcast(static_cast<double>(e))); });
}

template <typename T, typename F>
void compare(const Operand<T>& a, const Operand<T>& b, T* out, int rows, F f) {
  using V = Vector<T>;
  mapPair(a, b, out, rows, [f](V x, V y) {
    // x - x + y - y would be NaN for infinities too
    return pick((x != x) | (y != y), x != x ? x : y, pick(f(x, y), V{} + 1, V{}));
  });
}

}  // namespace

template <typename T>
void binary(Op op, const Operand<T>& a, const Operand<T>& b, T* out, T* spare, int rows) {
  using V = Vector<T>;
  switch (op) {
    case Op::add: return mapPair(a, b, out, rows, [](V x, V y) { return x + y; });
    case Op::subtract: return mapPair(a, b, out, rows, [](V x, V y) { return x - y; });
    case Op::multiply: return mapPair(a, b, out, rows, [](V x, V y) { return x * y; });
    case Op::divide: return mapPair(a, b, out, rows, [](V x, V y) { return x / y; });
    case Op::power: return power(spread(a, spare, rows), b, out, rows);
    case Op::greater: return compare(a, b, out, rows, [](V x, V y) { return x > y; });
    case Op::less: return compare(a, b, out, rows, [](V x, V y) { return x < y; });
    case Op::greaterEqual: return compare(a, b, out, rows, [](V x, V y) { return x >= y; });
    case Op::lessEqual: return compare(a, b, out, rows, [](V x, V y) { return x <= y; });
    case Op::equal: return compare(a, b, out, rows, [](V x, V y) { return x == y; });
    case Op::notEqual: return compare(a, b, out, rows, [](V x, V y) { return x != y; });
    case Op::logicalAnd:
      // false and NaN is false
      return mapPair(a, b, out, rows, [](V x, V y) {
        return pick((x == 0) | (y == 0), V{}, pick(x != x, x, pick(y != y, y, V{} + 1)));
      });
    case Op::logicalOr:
      return mapPair(a, b, out, rows, [](V x, V y) {
        return pick(((x != 0) & (x == x)) | ((y != 0) & (y == y)), V{} + 1, pick(x != x, x, pick(y != y, y, V{})));
      });
    case Op::min: return mapPair(a, b, out, rows, [](V x, V y) { return pick((x != x) | (x < y), x, y); });
    case Op::max: return mapPair(a, b, out, rows, [](V x, V y) { return pick((x != x) | (x > y), x, y); });
    default: return;
  }
}

template <typename T>
void unary(Op op, const T* a, T* out, int rows) {
  using V = Vector<T>;
  switch (op) {
    case Op::logicalNot: return map(a, out, rows, [](V x) { return pick(x != x, x, 1 - truth(x)); });
    case Op::negate: return map(a, out, rows, [](V x) { return -x; });
    case Op::abs: return map(a, out, rows, [](V x) { return pick(x < 0, -x, x); });
    case Op::square: return map(a, out, rows, [](V x) { return x * x; });
    case Op::cube: return map(a, out, rows, [](V x) { return x * x * x; });
    case Op::sqrt:
      for (int i = 0; i < rows; ++i)
        out[i] = sizeof(T) == 4 ? T(__builtin_sqrtf(float(a[i]))) : T(__builtin_sqrt(double(a[i])));
      return;
    case Op::inverse: return map(a, out, rows, [](V x) { return 1 / x; });
    case Op::step: return map(a, out, rows, [](V x) { return pick(x != x, x, pick(x >= 0, V{} + 1, V{})); });
    case Op::exp: return map(a, out, rows, [](V x) { return vexp(x); });
    case Op::log: return map(a, out, rows, [](V x) { return vlog(x); });
    case Op::sin: return map(a, out, rows, [](V x) { return vsin(x); });
    case Op::cos: return map(a, out, rows, [](V x) { return vcos(x); });
    case Op::log10: return mapDoubles(a, out, rows, [](vdouble x) { return vlog10(x); });
    case Op::tan: return mapDoubles(a, out, rows, [](vdouble x) { return lanes<::tan>(x); });
    case Op::tanh: return mapDoubles(a, out, rows, [](vdouble x) { return vtanh(x); });
    case Op::asin: return mapDoubles(a, out, rows, [](vdouble x) { return vasin(x); });
    case Op::acos: return mapDoubles(a, out, rows, [](vdouble x) { return vacos(x); });
    case Op::atan: return mapDoubles(a, out, rows, [](vdouble x) { return vatan(x); });
    case Op::erf: return mapDoubles(a, out, rows, [](vdouble x) { return lanes<::erf>(x); });
    default: return;
  }
}

template <typename T>
void ternary(Op op, const T* a, const T* b, const T* c, T* out, int rows) {
  using V = Vector<T>;
  for (int i = 0; i < rows; i += kLanes<T>) {
    const V x = load(a + i), y = load(b + i), z = load(c + i);
    if (op == Op::select) {
      store(out + i, pick(x != x, x, pick(x != 0, y, z)));
    } else {
      const V low = pick((x != x) | (x > y), x, y);
      store(out + i, pick((low != low) | (low < z), low, z));
    }
  }
}

template void unary<float>(Op, const float*, float*, int);
template void unary<double>(Op, const double*, double*, int);
template void binary<float>(Op, const Operand<float>&, const Operand<float>&, float*, float*, int);
template void binary<double>(Op, const Operand<double>&, const Operand<double>&, double*, double*, int);
template void ternary<float>(Op, const float*, const float*, const float*, float*, int);
template void ternary<double>(Op, const double*, const double*, const double*, double*, int);

}  // namespace halolaw::kernels::HL_ISA
