// Interpreter of postfix programs: one loop over the rows of a batch for each node, so that the loop, not the dispatch, is
// where time goes. Plain loops are vectorised by the compiler for each instruction set; the rest is in vector_math.h.
#include "../expression_kernels.h"

#include "../expression_ops.h"
#include "../vector_math_arc.h"
#include "../vector_math_float.h"

namespace halolaw {
namespace HL_ISA {

namespace {

#define HL_RESTRICT __restrict__

template <typename T>
inline T notANumber() {
  return static_cast<T>(__builtin_nan(""));
}

/// Elementwise f of two operands, either of which may be one value for all rows.
template <typename T, typename F>
void mapPair(const Operand<T>& a, const Operand<T>& b, T* out, int rows, F f) {
  const T x = a.scalar, y = b.scalar;
  const T* p = a.values;
  const T* q = b.values;
  if (a.isScalar && b.isScalar) {
    const T value = f(x, y);
    for (int i = 0; i < rows; ++i) out[i] = value;
  } else if (a.isScalar) {
    for (int i = 0; i < rows; ++i) out[i] = f(x, q[i]);
  } else if (b.isScalar) {
    for (int i = 0; i < rows; ++i) out[i] = f(p[i], y);
  } else {
    for (int i = 0; i < rows; ++i) out[i] = f(p[i], q[i]);
  }
}

/// The operand's values in memory; a single value is spread into `spare`.
template <typename T>
const T* spread(const Operand<T>& a, T* spare, int rows) {
  if (!a.isScalar) return a.values;
  for (int i = 0; i < rows; ++i) spare[i] = a.scalar;
  return spare;
}

template <typename T>
void power(const T* a, const Operand<T>& exponent, T* out, int rows) {
  if (exponent.isScalar) {
    const T e = exponent.scalar;
    if (e == 2) {
      for (int i = 0; i < rows; ++i) out[i] = a[i] * a[i];
      return;
    }
    if (e == 1) {
      for (int i = 0; i < rows; ++i) out[i] = a[i];
      return;
    }
    if (e == 3) {
      for (int i = 0; i < rows; ++i) out[i] = a[i] * a[i] * a[i];
      return;
    }
    if (e == -1) {
      for (int i = 0; i < rows; ++i) out[i] = 1 / a[i];
      return;
    }
    if (e == -2) {
      for (int i = 0; i < rows; ++i) out[i] = 1 / (a[i] * a[i]);
      return;
    }
    mapVectors(a, out, rows, [e](vdouble x) { return vpow(x, broadcast(static_cast<double>(e))); });
    return;
  }
  mapVectors(a, exponent.values, out, rows, [](vdouble x, vdouble y) { return vpow(x, y); });
}

template <typename T, typename F>
void compare(const Operand<T>& a, const Operand<T>& b, T* out, int rows, F f) {
  mapPair(a, b, out, rows, [f](T x, T y) { return x != x || y != y ? notANumber<T>() : f(x, y) ? T(1) : T(0); });
}

template <typename T>
void binary(Op op, const Operand<T>& a, const Operand<T>& b, T* out, int rows) {
  switch (op) {
    case Op::add: return mapPair(a, b, out, rows, [](T x, T y) { return x + y; });
    case Op::subtract: return mapPair(a, b, out, rows, [](T x, T y) { return x - y; });
    case Op::multiply: return mapPair(a, b, out, rows, [](T x, T y) { return x * y; });
    case Op::divide: return mapPair(a, b, out, rows, [](T x, T y) { return x / y; });
    case Op::power: return power(spread(a, out, rows), b, out, rows);
    case Op::greater: return compare(a, b, out, rows, [](T x, T y) { return x > y; });
    case Op::less: return compare(a, b, out, rows, [](T x, T y) { return x < y; });
    case Op::greaterEqual: return compare(a, b, out, rows, [](T x, T y) { return x >= y; });
    case Op::lessEqual: return compare(a, b, out, rows, [](T x, T y) { return x <= y; });
    case Op::equal: return compare(a, b, out, rows, [](T x, T y) { return x == y; });
    case Op::notEqual: return compare(a, b, out, rows, [](T x, T y) { return x != y; });
    case Op::logicalAnd:
      return mapPair(a, b, out, rows,
                     [](T x, T y) { return x == 0 || y == 0 ? T(0) : x != x || y != y ? notANumber<T>() : T(1); });
    case Op::logicalOr:
      return mapPair(a, b, out, rows, [](T x, T y) {
        return (x != 0 && x == x) || (y != 0 && y == y) ? T(1) : x != x || y != y ? notANumber<T>() : T(0);
      });
    case Op::min: return mapPair(a, b, out, rows, [](T x, T y) { return x != x || x < y ? x : y; });
    case Op::max: return mapPair(a, b, out, rows, [](T x, T y) { return x != x || x > y ? x : y; });
    default: return;
  }
}

template <typename T>
void unary(Op op, const T* a, T* out, int rows) {
  switch (op) {
    case Op::logicalNot:
      for (int i = 0; i < rows; ++i) out[i] = a[i] != a[i] ? a[i] : a[i] == 0 ? T(1) : T(0);
      return;
    case Op::negate:
      for (int i = 0; i < rows; ++i) out[i] = -a[i];
      return;
    case Op::abs:
      for (int i = 0; i < rows; ++i) out[i] = a[i] < 0 ? -a[i] : a[i];
      return;
    case Op::square:
      for (int i = 0; i < rows; ++i) out[i] = a[i] * a[i];
      return;
    case Op::cube:
      for (int i = 0; i < rows; ++i) out[i] = a[i] * a[i] * a[i];
      return;
    case Op::sqrt:
      for (int i = 0; i < rows; ++i) out[i] = sizeof(T) == 4 ? T(__builtin_sqrtf(float(a[i]))) : T(__builtin_sqrt(double(a[i])));
      return;
    case Op::inverse:
      for (int i = 0; i < rows; ++i) out[i] = 1 / a[i];
      return;
    case Op::step:
      for (int i = 0; i < rows; ++i) out[i] = a[i] != a[i] ? a[i] : a[i] >= 0 ? T(1) : T(0);
      return;
    case Op::exp: return mapWide(a, out, rows, [](auto x) { return vexp(x); });
    case Op::log: return mapWide(a, out, rows, [](auto x) { return vlog(x); });
    case Op::sin: return mapWide(a, out, rows, [](auto x) { return vsin(x); });
    case Op::cos: return mapWide(a, out, rows, [](auto x) { return vcos(x); });
    case Op::log10: return mapVectors(a, out, rows, [](vdouble x) { return vlog10(x); });
    case Op::tan: return mapVectors(a, out, rows, [](vdouble x) { return lanes<::tan>(x); });
    case Op::tanh: return mapVectors(a, out, rows, [](vdouble x) { return vtanh(x); });
    case Op::asin: return mapVectors(a, out, rows, [](vdouble x) { return vasin(x); });
    case Op::acos: return mapVectors(a, out, rows, [](vdouble x) { return vacos(x); });
    case Op::atan: return mapVectors(a, out, rows, [](vdouble x) { return vatan(x); });
    case Op::erf: return mapVectors(a, out, rows, [](vdouble x) { return lanes<::erf>(x); });
    default: return;
  }
}

template <typename T>
void ternary(Op op, const T* a, const T* b, const T* c, T* out, int rows) {
  if (op == Op::select) {
    for (int i = 0; i < rows; ++i) out[i] = a[i] != a[i] ? a[i] : a[i] != 0 ? b[i] : c[i];
    return;
  }
  for (int i = 0; i < rows; ++i) {
    const T low = a[i] != a[i] || a[i] > b[i] ? a[i] : b[i];
    out[i] = low != low || low < c[i] ? low : c[i];
  }
}

int arity(Op op) {
  switch (op) {
    case Op::constant: case Op::parameter: case Op::variable: return 0;
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: case Op::power:
    case Op::greater: case Op::less: case Op::greaterEqual: case Op::lessEqual: case Op::equal: case Op::notEqual:
    case Op::logicalAnd: case Op::logicalOr: case Op::min: case Op::max: return 2;
    case Op::clamp: case Op::select: return 3;
    default: return 1;
  }
}

template <typename T>
void forward(const ForwardBatch<T>& batch) {
  const int rows = batch.rows;
  Operand<T>* top = batch.stack - 1;
  T spare[kForwardBatch];
  const auto place = [&](const Operand<T>* operand) { return batch.buffers + (operand - batch.stack) * kForwardBatch; };
  for (int i = 0; i < batch.length; ++i) {
    const Op op = static_cast<Op>(batch.code[i] & 255);
    const int arg = batch.code[i] >> 8;
    switch (arity(op)) {
      case 0:
        ++top;
        if (op == Op::variable) *top = {batch.columns[arg] + batch.offset, T(0), false};
        else *top = {nullptr, static_cast<T>(batch.constants[arg]), true};
        break;
      case 1: {
        T* out = place(top);
        unary(op, spread(*top, out, rows), out, rows);
        *top = {out, T(0), false};
        break;
      }
      case 2: {
        --top;
        T* out = place(top);
        binary(op, top[0], top[1], out, rows);
        *top = {out, T(0), false};
        break;
      }
      default: {
        top -= 2;
        T* out = place(top);
        ternary(op, spread(top[0], out, rows), spread(top[1], place(top + 1), rows), spread(top[2], place(top + 2), rows), out, rows);
        *top = {out, T(0), false};
      }
    }
  }
  const T* result = spread(*top, spare, rows);
  for (int i = 0; i < rows; ++i) batch.out[i] = result[i];
}

/// child's adjoint = adjoint * factor, where 0 stays 0: a branch not taken must not spoil a row with 0 * inf.
#define HL_BACK(target, factor)                                              \
  for (int i = 0; i < rows; ++i) target[i] = g[i] == 0 ? T(0) : g[i] * (factor)

template <typename T>
void backOne(Op op, const T* g, const T* a, const T* v, T* spare, T* HL_RESTRICT da, int rows) {
  switch (op) {
    case Op::negate: HL_BACK(da, T(-1)); return;
    case Op::abs: HL_BACK(da, a[i] < 0 ? T(-1) : T(1)); return;
    case Op::square: HL_BACK(da, 2 * a[i]); return;
    case Op::cube: HL_BACK(da, 3 * a[i] * a[i]); return;
    case Op::sqrt: HL_BACK(da, T(0.5) / v[i]); return;
    case Op::inverse: HL_BACK(da, -v[i] * v[i]); return;
    case Op::exp: HL_BACK(da, v[i]); return;
    case Op::log: HL_BACK(da, 1 / a[i]); return;
    case Op::log10: HL_BACK(da, T(0.43429448190325182765) / a[i]); return;
    case Op::sin: unary(Op::cos, a, spare, rows); HL_BACK(da, spare[i]); return;
    case Op::cos: unary(Op::sin, a, spare, rows); HL_BACK(da, -spare[i]); return;
    case Op::tan: HL_BACK(da, 1 + v[i] * v[i]); return;
    case Op::tanh: HL_BACK(da, 1 - v[i] * v[i]); return;
    case Op::asin: case Op::acos:
      for (int i = 0; i < rows; ++i) spare[i] = 1 - a[i] * a[i];
      unary(Op::sqrt, spare, spare, rows);
      if (op == Op::asin) { HL_BACK(da, 1 / spare[i]); } else { HL_BACK(da, -1 / spare[i]); }
      return;
    case Op::atan: HL_BACK(da, 1 / (1 + a[i] * a[i])); return;
    case Op::erf:
      for (int i = 0; i < rows; ++i) spare[i] = -a[i] * a[i];
      unary(Op::exp, spare, spare, rows);
      HL_BACK(da, T(1.12837916709551257390) * spare[i]);
      return;
    default:  // step, not: flat
      for (int i = 0; i < rows; ++i) da[i] = 0;
  }
}

/// da or db is null where no wanted derivative passes.
template <typename T>
void backTwo(Op op, const T* g, const T* a, const T* b, const T* v, T* spare, T* HL_RESTRICT da, T* HL_RESTRICT db, int rows) {
  switch (op) {
    case Op::add: case Op::subtract:
      if (da) HL_BACK(da, T(1));
      if (db) { if (op == Op::add) { HL_BACK(db, T(1)); } else { HL_BACK(db, T(-1)); } }
      return;
    case Op::multiply:
      if (da) HL_BACK(da, b[i]);
      if (db) HL_BACK(db, a[i]);
      return;
    case Op::divide:
      if (da) HL_BACK(da, 1 / b[i]);
      if (db) HL_BACK(db, -v[i] / b[i]);
      return;
    case Op::power:
      if (da) HL_BACK(da, a[i] != 0 ? b[i] * v[i] / a[i] : b[i] == 1 ? T(1) : b[i] > 1 || b[i] == 0 ? T(0) : T(__builtin_inf()));
      if (db) {
        unary(Op::log, a, spare, rows);
        HL_BACK(db, v[i] == 0 ? T(0) : v[i] * spare[i]);
      }
      return;
    case Op::min:
      if (da) HL_BACK(da, a[i] <= b[i] ? T(1) : T(0));
      if (db) HL_BACK(db, a[i] <= b[i] ? T(0) : T(1));
      return;
    case Op::max:
      if (da) HL_BACK(da, a[i] >= b[i] ? T(1) : T(0));
      if (db) HL_BACK(db, a[i] >= b[i] ? T(0) : T(1));
      return;
    default:  // comparisons and logic: flat
      if (da) for (int i = 0; i < rows; ++i) da[i] = 0;
      if (db) for (int i = 0; i < rows; ++i) db[i] = 0;
  }
}

template <typename T>
void backThree(Op op, const T* g, const T* a, const T* b, const T* c, T* HL_RESTRICT da, T* HL_RESTRICT db, T* HL_RESTRICT dc, int rows) {
  if (op == Op::select) {
    if (da) for (int i = 0; i < rows; ++i) da[i] = 0;
    if (db) HL_BACK(db, a[i] != 0 ? T(1) : T(0));
    if (dc) HL_BACK(dc, a[i] != 0 ? T(0) : T(1));
    return;
  }
  if (da) HL_BACK(da, a[i] < b[i] || a[i] > c[i] ? T(0) : T(1));
  if (db) HL_BACK(db, a[i] < b[i] ? T(1) : T(0));
  if (dc) HL_BACK(dc, a[i] > c[i] ? T(1) : T(0));
}

template <typename T>
void jacobian(const JacobianBatch<T>& batch) {
  const int rows = batch.rows, length = batch.length;
  T* const adjoints = batch.buffers + static_cast<size_t>(length) * kJacobianBatch;
  T* const spare = adjoints + static_cast<size_t>(length) * kJacobianBatch;
  const auto buffer = [&](int node) { return batch.buffers + static_cast<size_t>(node) * kJacobianBatch; };
  const auto adjoint = [&](int node) { return adjoints + static_cast<size_t>(node) * kJacobianBatch; };
  const auto operand = [&](int node) -> Operand<T> {
    const Op op = static_cast<Op>(batch.code[node] & 255);
    if (op == Op::constant || op == Op::parameter) return {batch.values[node], static_cast<T>(batch.constants[batch.code[node] >> 8]), true};
    return {batch.values[node], T(0), false};
  };

  for (int i = 0; i < length; ++i) {
    const Op op = static_cast<Op>(batch.code[i] & 255);
    const int arg = batch.code[i] >> 8;
    const NodeLinks& link = batch.links[i];
    T* out = buffer(i);
    batch.values[i] = out;
    switch (arity(op)) {
      case 0:
        if (op == Op::variable) batch.values[i] = batch.columns[arg] + batch.offset;
        else for (int k = 0; k < rows; ++k) out[k] = static_cast<T>(batch.constants[arg]);
        break;
      case 1: unary(op, batch.values[link.children[0]], out, rows); break;
      case 2:
        if (op == Op::power) power(batch.values[link.children[0]], operand(link.children[1]), out, rows);
        else binary(op, operand(link.children[0]), operand(link.children[1]), out, rows);
        break;
      default: ternary(op, batch.values[link.children[0]], batch.values[link.children[1]], batch.values[link.children[2]], out, rows);
    }
  }
  const T* result = batch.values[length - 1];
  for (int i = 0; i < rows; ++i) batch.out[i] = result[i];

  T* root = adjoint(length - 1);
  for (int i = 0; i < rows; ++i) root[i] = 1;
  for (int node = length - 1; node >= 0; --node) {
    const NodeLinks& link = batch.links[node];
    if (!link.needed) continue;
    const Op op = static_cast<Op>(batch.code[node] & 255);
    const T* g = adjoint(node);
    const T* value[3];
    T* back[3];
    const int count = arity(op);
    for (int k = 0; k < count; ++k) {
      value[k] = batch.values[link.children[k]];
      back[k] = batch.links[link.children[k]].needed ? adjoint(link.children[k]) : nullptr;
    }
    if (count == 0) {
      T* total = op == Op::parameter ? batch.byParameter[batch.code[node] >> 8] : batch.byVariable[batch.code[node] >> 8];
      for (int i = 0; i < rows; ++i) total[batch.offset + i] += g[i];
    } else if (count == 1) {
      if (back[0]) backOne(op, g, value[0], batch.values[node], spare, back[0], rows);
    } else if (count == 2) {
      backTwo(op, g, value[0], value[1], batch.values[node], spare, back[0], back[1], rows);
    } else {
      backThree(op, g, value[0], value[1], value[2], back[0], back[1], back[2], rows);
    }
  }
}

}  // namespace

const ExpressionKernels& expressionKernels() {
  static constexpr ExpressionKernels kernels = {forward<float>, forward<double>, jacobian<float>, jacobian<double>};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
