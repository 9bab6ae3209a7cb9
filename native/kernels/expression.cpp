// Interpreter of laid-out programs: one loop over the rows of a batch for each step, so that the loop, not the dispatch, is
// where time goes.
#include "expression_operators.h"

namespace halolaw {
namespace HL_ISA {

namespace {

template <typename T>
void forward(const ForwardBatch<T>& batch) {
  constexpr int kStride = kForwardBatch<T>;
  const int rows = wholeVectors<T>(batch.rows);
  Operand<T>* operands = batch.operands;
  T* spare = batch.spare;
  for (int i = 0; i < batch.length; ++i) {
    const Step& step = batch.steps[i];
    T* out = batch.buffers + step.place * kStride;
    const int32_t* from = step.operands;
    switch (step.arity) {
      case 0:
        if (step.op == Op::variable) operands[i] = {columnOf(batch.columns[step.argument] + batch.offset, batch.rows, batch.padding + step.argument * kStride), T(0), false};
        else operands[i] = {nullptr, static_cast<T>(batch.constants[step.argument]), true};
        continue;
      case 1:
        unary(step.op, spread(operands[from[0]], spare, rows), out, rows);
        break;
      case 2:
        binary(step.op, operands[from[0]], operands[from[1]], out, spare, rows);
        break;
      default:
        ternary(step.op, spread(operands[from[0]], spare, rows), spread(operands[from[1]], spare + kStride, rows),
                spread(operands[from[2]], spare + 2 * kStride, rows), out, rows);
    }
    operands[i] = {out, T(0), false};
  }
  const T* result = spread(operands[batch.length - 1], spare, rows);
  __builtin_memcpy(batch.out, result, sizeof(T) * static_cast<size_t>(batch.rows));
}

}  // namespace

const ExpressionKernels& expressionKernels() {
  static constexpr ExpressionKernels kernels = {forward<float>, forward<double>, jacobian<float>, jacobian<double>};
  return kernels;
}

}  // namespace HL_ISA
}  // namespace halolaw
