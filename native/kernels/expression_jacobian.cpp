// Values and derivatives of laid-out programs: a pass forward that keeps every step's values, and one sweep back that
// passes each step's adjoint (the derivative of the whole by it) on to its operands.
#include "kernels/expression_operators.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

/// child's adjoint = adjoint * factor, where 0 stays 0: a branch not taken must not spoil a row with 0 * inf. `factor`
/// receives the first row of a vector.
template <typename T, typename F>
inline void pass(const T* g, T* HL_RESTRICT target, int rows, F factor) {
  using V = Vector<T>;
  for (int i = 0; i < rows; i += kLanes<T>) {
    const V adjoint = load(g + i);
    store(target + i, pick(adjoint == V{}, V{}, adjoint * factor(i)));
  }
}

template <typename T>
void backOne(Op op, const T* g, const T* a, const T* v, T* spare, T* da, int rows) {
  using V = Vector<T>;
  const V one = broadcast(T(1));
  switch (op) {
    case Op::negate: return pass(g, da, rows, [=](int) { return -one; });
    case Op::abs: return pass(g, da, rows, [=](int i) { return pick(load(a + i) < 0, -one, one); });
    case Op::square: return pass(g, da, rows, [=](int i) { return 2 * load(a + i); });
    case Op::cube: return pass(g, da, rows, [=](int i) { return 3 * load(a + i) * load(a + i); });
    case Op::sqrt: return pass(g, da, rows, [=](int i) { return broadcast(T(0.5)) / load(v + i); });
    case Op::inverse: return pass(g, da, rows, [=](int i) { return -load(v + i) * load(v + i); });
    case Op::exp: return pass(g, da, rows, [=](int i) { return load(v + i); });
    case Op::log: return pass(g, da, rows, [=](int i) { return one / load(a + i); });
    case Op::log10: return pass(g, da, rows, [=](int i) { return broadcast(T(0.43429448190325182765)) / load(a + i); });
    case Op::sin: unary(Op::cos, a, spare, rows); return pass(g, da, rows, [=](int i) { return load(spare + i); });
    case Op::cos: unary(Op::sin, a, spare, rows); return pass(g, da, rows, [=](int i) { return -load(spare + i); });
    case Op::tan: return pass(g, da, rows, [=](int i) { return one + load(v + i) * load(v + i); });
    case Op::tanh: return pass(g, da, rows, [=](int i) { return one - load(v + i) * load(v + i); });
    case Op::asin:
    case Op::acos: {
      for (int i = 0; i < rows; i += kLanes<T>) store(spare + i, one - load(a + i) * load(a + i));
      unary(Op::sqrt, spare, spare, rows);
      const V sign = op == Op::asin ? one : -one;
      return pass(g, da, rows, [=](int i) { return sign / load(spare + i); });
    }
    case Op::atan: return pass(g, da, rows, [=](int i) { return one / (one + load(a + i) * load(a + i)); });
    case Op::erf: {
      for (int i = 0; i < rows; i += kLanes<T>) store(spare + i, -load(a + i) * load(a + i));
      unary(Op::exp, spare, spare, rows);
      const V scale = broadcast(T(1.12837916709551257390));
      return pass(g, da, rows, [=](int i) { return scale * load(spare + i); });
    }
    default: return fill(da, T(0), rows);  // step, not: flat
  }
}

/// Derivative of a power by its base, valid for base 0 too.
template <typename V>
inline V powerSlope(V a, V b, V v) {
  const V one = V{} + 1, atZero = pick(b == 1, one, pick((b > 1) | (b == 0), V{}, one / V{}));
  return pick(a != 0, b * v / a, atZero);
}

/// da or db is null where no requested derivative passes.
template <typename T>
void backTwo(Op op, const T* g, const T* a, const T* b, const T* v, T* spare, T* da, T* db, int rows) {
  using V = Vector<T>;
  const V one = broadcast(T(1));
  switch (op) {
    case Op::add:
    case Op::subtract: {
      const V sign = op == Op::add ? one : -one;
      if (da) pass(g, da, rows, [=](int) { return one; });
      if (db) pass(g, db, rows, [=](int) { return sign; });
      return;
    }
    case Op::multiply:
      if (da) pass(g, da, rows, [=](int i) { return load(b + i); });
      if (db) pass(g, db, rows, [=](int i) { return load(a + i); });
      return;
    case Op::divide:
      if (da) pass(g, da, rows, [=](int i) { return one / load(b + i); });
      if (db) pass(g, db, rows, [=](int i) { return -load(v + i) / load(b + i); });
      return;
    case Op::power:
      if (da) pass(g, da, rows, [=](int i) { return powerSlope(load(a + i), load(b + i), load(v + i)); });
      if (db) {
        unary(Op::log, a, spare, rows);
        pass(g, db, rows, [=](int i) { return pick(load(v + i) == 0, V{}, load(v + i) * load(spare + i)); });
      }
      return;
    case Op::min:
    case Op::max: {
      const V sign = op == Op::min ? one : -one;
      if (da) pass(g, da, rows, [=](int i) { return pick(sign * load(a + i) <= sign * load(b + i), one, V{}); });
      if (db) pass(g, db, rows, [=](int i) { return pick(sign * load(a + i) <= sign * load(b + i), V{}, one); });
      return;
    }
    default:  // comparisons and logic: flat
      if (da) fill(da, T(0), rows);
      if (db) fill(db, T(0), rows);
  }
}

template <typename T>
void backThree(Op op, const T* g, const T* a, const T* b, const T* c, T* da, T* db, T* dc, int rows) {
  using V = Vector<T>;
  const V one = broadcast(T(1));
  if (op == Op::select) {
    if (da) fill(da, T(0), rows);
    if (db) pass(g, db, rows, [=](int i) { return pick(load(a + i) != 0, one, V{}); });
    if (dc) pass(g, dc, rows, [=](int i) { return pick(load(a + i) != 0, V{}, one); });
    return;
  }
  if (da)
    pass(g, da, rows, [=](int i) { return pick((load(a + i) < load(b + i)) | (load(a + i) > load(c + i)), V{}, one); });
  if (db) pass(g, db, rows, [=](int i) { return pick(load(a + i) < load(b + i), one, V{}); });
  if (dc) pass(g, dc, rows, [=](int i) { return pick(load(a + i) > load(c + i), one, V{}); });
}

}  // namespace

template <typename T>
void jacobian(const JacobianBatch<T>& batch) {
  constexpr size_t kStride = kJacobianBatch<T>;
  const int count = static_cast<int>(batch.out.size()), rows = wholeVectors<T>(count);
  const int length = static_cast<int>(batch.steps.size());
  HL_EXPECT(batch.out.size() <= kStride && batch.values.size() >= batch.steps.size());
  HL_EXPECT(batch.buffers.size() >= (2 * batch.steps.size() + 4) * kStride);
  HL_EXPECT(rows == count || batch.padding.size() >= kStride * batch.columns.size());
  const Step* steps = batch.steps.data();
  const BackStep* backSteps = batch.back.data();
  const T** values = batch.values.data();
  T* const buffers = batch.buffers.data();
  T* const adjoints = buffers + static_cast<size_t>(length) * kStride;
  T* const spare = adjoints + static_cast<size_t>(length) * kStride;
  const auto buffer = [&](int step) { return buffers + static_cast<size_t>(step) * kStride; };
  const auto adjoint = [&](int step) { return adjoints + static_cast<size_t>(step) * kStride; };
  const auto constantOf = [&](const Step& step) {
    return static_cast<T>(batch.constants[static_cast<size_t>(step.argument)]);
  };
  const auto operand = [&](int step) -> Operand<T> {
    const Op op = steps[step].op;
    if (op == Op::constant || op == Op::parameter) return {values[step], constantOf(steps[step]), true};
    return {values[step], T(0), false};
  };

  for (int i = 0; i < length; ++i) {
    const Step& step = steps[i];
    const int32_t* from = step.operands;
    T* out = buffer(i);
    values[i] = out;
    switch (step.arity) {
      case 0:
        if (step.op == Op::variable) {
          const auto argument = static_cast<size_t>(step.argument);
          values[i] =
              columnOf(batch.columns[argument] + batch.offset, count, batch.padding.data() + argument * kStride);
        } else if (batch.offset == 0) {
          fill(out, constantOf(step), rows);  // and stays for later batches
        }
        break;
      case 1: unary(step.op, values[from[0]], out, rows); break;
      case 2: binary(step.op, operand(from[0]), operand(from[1]), out, spare, rows); break;
      default: ternary(step.op, values[from[0]], values[from[1]], values[from[2]], out, rows);
    }
  }
  const size_t bytes = sizeof(T) * batch.out.size();
  __builtin_memcpy(batch.out.data(), values[length - 1], bytes);

  fill(adjoint(length - 1), T(1), rows);
  for (int i = length - 1; i >= 0; --i) {
    const BackStep& back = backSteps[i];
    if (!back.needed) continue;
    const Step& step = steps[i];
    const T* g = adjoint(i);
    if (step.arity == 0) {
      // every leaf is one step, so that its adjoint is the derivative
      const Span<T* const> to = step.op == Op::parameter ? batch.byParameter : batch.byVariable;
      __builtin_memcpy(to[static_cast<size_t>(step.argument)] + batch.offset, g, bytes);
      continue;
    }
    const T* value[3];
    T* to[3];
    for (int k = 0; k < step.arity; ++k) {
      const int child = step.operands[k];
      value[k] = values[child];
      to[k] = !backSteps[child].needed ? nullptr
              : back.first[k]          ? adjoint(child)
                                       : spare + static_cast<size_t>(k + 1) * kStride;
    }
    if (step.arity == 1) backOne(step.op, g, value[0], values[i], spare, to[0], rows);
    else if (step.arity == 2) backTwo(step.op, g, value[0], value[1], values[i], spare, to[0], to[1], rows);
    else backThree(step.op, g, value[0], value[1], value[2], to[0], to[1], to[2], rows);
    for (int k = 0; k < step.arity; ++k) {
      if (!to[k] || back.first[k]) continue;
      T* total = adjoint(step.operands[k]);
      for (int r = 0; r < rows; r += kLanes<T>) store(total + r, load(total + r) + load(to[k] + r));
    }
  }
}

template void jacobian<float>(const JacobianBatch<float>&);
template void jacobian<double>(const JacobianBatch<double>&);

}  // namespace halolaw::kernels::HL_ISA
