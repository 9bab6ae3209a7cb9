// Interpreter of laid-out programs: one loop over the rows of a batch for each step, so that the time is spent in the
// loop and not in the dispatch.
#include "kernels/expression_operators.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

template <typename T>
void forward(const ForwardBatch<T>& batch) {
  constexpr int kStride = kForwardBatch<T>;
  const int count = static_cast<int>(batch.out.size()), rows = wholeVectors<T>(count);
  const int length = static_cast<int>(batch.steps.size());
  HL_EXPECT(count <= kStride && batch.operands.size() >= batch.steps.size() && batch.spare.size() >= 3 * kStride);
  HL_EXPECT(rows == count || batch.padding.size() >= kStride * batch.columns.size());
  Operand<T>* operands = batch.operands.data();
  T* spare = batch.spare.data();
  for (int i = 0; i < length; ++i) {
    const Step& step = batch.steps.data()[i];
    const int32_t* from = step.operands;
    if (step.arity == 0) {
      const auto argument = static_cast<size_t>(step.argument);
      if (step.op == Op::variable)
        operands[i] = {
            columnOf(batch.columns[argument] + batch.offset, count, batch.padding.data() + argument * kStride), T(0),
            false};
      else operands[i] = {nullptr, static_cast<T>(batch.constants[argument]), true};
      continue;
    }
    T* out = batch.buffers.part(static_cast<size_t>(step.place) * kStride, kStride).data();
    switch (step.arity) {
      case 1: unary(step.op, spread(operands[from[0]], spare, rows), out, rows); break;
      case 2: binary(step.op, operands[from[0]], operands[from[1]], out, spare, rows); break;
      default:
        ternary(step.op, spread(operands[from[0]], spare, rows), spread(operands[from[1]], spare + kStride, rows),
                spread(operands[from[2]], spare + 2 * kStride, rows), out, rows);
    }
    operands[i] = {out, T(0), false};
  }
  const T* result = spread(operands[length - 1], spare, rows);
  __builtin_memcpy(batch.out.data(), result, sizeof(T) * batch.out.size());
}

}  // namespace

const ExpressionKernels& expressionKernels() {
  static constexpr ExpressionKernels kernels = {forward<float>, forward<double>, jacobian<float>, jacobian<double>};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
