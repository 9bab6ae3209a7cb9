#include "expression.h"

#include <algorithm>

#include "expression_kernels.h"

namespace halolaw {

void* Workspace::reserve(size_t bytes) {
  if (memory_.size() < bytes + 64) memory_.resize(bytes + 64);
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  return reinterpret_cast<void*>((address + 63) / 64 * 64);
}

namespace {

size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

void run(const ForwardBatch<float>& batch) { expressionKernels().forwardFloat(batch); }
void run(const ForwardBatch<double>& batch) { expressionKernels().forwardDouble(batch); }
void run(const JacobianBatch<float>& batch) { expressionKernels().jacobianFloat(batch); }
void run(const JacobianBatch<double>& batch) { expressionKernels().jacobianDouble(batch); }

/// What the sweep back needs of each step, the wanted derivatives being given.
template <typename T>
void planSweep(const Program& program, T* const* byParameter, T* const* byVariable, BackStep* back) {
  const int length = static_cast<int>(program.steps.size());
  for (int i = 0; i < length; ++i) {
    const Step& step = program.steps[static_cast<size_t>(i)];
    back[i] = {(step.op == Op::parameter && byParameter) || (step.op == Op::variable && byVariable && byVariable[step.argument]), {true, true, true}};
    for (int k = 0; k < step.arity; ++k) back[i].needed |= back[step.operands[k]].needed;
  }
  std::vector<uint8_t> met(program.steps.size(), false);
  for (int i = length - 1; i >= 0; --i) {
    if (!back[i].needed) continue;
    const Step& step = program.steps[static_cast<size_t>(i)];
    for (int k = 0; k < step.arity; ++k) {
      const auto child = static_cast<size_t>(step.operands[k]);
      back[i].first[k] = !met[child];
      met[child] = true;
    }
  }
}

}  // namespace

template <typename T>
void evaluateBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out, Workspace& workspace) {
  constexpr size_t kStride = kForwardBatch<T>;
  const size_t operandBytes = padded(sizeof(Operand<T>) * program.steps.size());
  const size_t ownColumns = static_cast<size_t>(program.places) + 3;
  const size_t paddings = rows % 16 == 0 ? 0 : static_cast<size_t>(program.variables);
  auto* memory = static_cast<uint8_t*>(workspace.reserve(operandBytes + sizeof(T) * kStride * (ownColumns + paddings)));
  ForwardBatch<T> batch;
  batch.steps = program.steps.data();
  batch.length = static_cast<int>(program.steps.size());
  batch.columns = columns;
  batch.constants = constants;
  batch.operands = reinterpret_cast<Operand<T>*>(memory);
  batch.buffers = reinterpret_cast<T*>(memory + operandBytes);
  batch.spare = batch.buffers + static_cast<size_t>(program.places) * kStride;
  batch.padding = batch.buffers + ownColumns * kStride;
  for (int start = 0; start < rows; start += kForwardBatch<T>) {
    batch.offset = start;
    batch.rows = std::min(kForwardBatch<T>, rows - start);
    batch.out = out + start;
    run(batch);
  }
}

template <typename T>
void jacobianBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out,
                   T* const* byParameter, T* const* byVariable, Workspace& workspace) {
  constexpr size_t kStride = kJacobianBatch<T>;
  const size_t length = program.steps.size();
  const size_t sweepBytes = padded(sizeof(BackStep) * length), pointerBytes = padded(sizeof(T*) * length);
  const size_t ownColumns = 2 * length + 4;
  const size_t paddings = rows % 16 == 0 ? 0 : static_cast<size_t>(program.variables);
  auto* memory = static_cast<uint8_t*>(workspace.reserve(sweepBytes + pointerBytes + sizeof(T) * kStride * (ownColumns + paddings)));
  auto* back = reinterpret_cast<BackStep*>(memory);
  planSweep(program, byParameter, byVariable, back);
  // what the program does not hold changes nothing
  std::vector<uint8_t> holds(static_cast<size_t>(program.parameters + program.variables), false);
  for (const Step& step : program.steps)
    if (step.op == Op::parameter || step.op == Op::variable) holds[static_cast<size_t>(step.argument + (step.op == Op::variable ? program.parameters : 0))] = true;
  for (int p = 0; byParameter && p < program.parameters; ++p)
    if (!holds[static_cast<size_t>(p)]) std::fill(byParameter[p], byParameter[p] + rows, T(0));
  for (int v = 0; byVariable && v < program.variables; ++v)
    if (byVariable[v] && !holds[static_cast<size_t>(program.parameters + v)]) std::fill(byVariable[v], byVariable[v] + rows, T(0));

  JacobianBatch<T> batch;
  batch.steps = program.steps.data();
  batch.back = back;
  batch.length = static_cast<int>(length);
  batch.columns = columns;
  batch.constants = constants;
  batch.values = reinterpret_cast<const T**>(memory + sweepBytes);
  batch.buffers = reinterpret_cast<T*>(memory + sweepBytes + pointerBytes);
  batch.padding = batch.buffers + ownColumns * kStride;
  batch.byParameter = byParameter;
  batch.byVariable = byVariable;
  for (int start = 0; start < rows; start += kJacobianBatch<T>) {
    batch.offset = start;
    batch.rows = std::min(kJacobianBatch<T>, rows - start);
    batch.out = out + start;
    run(batch);
  }
}

template void evaluateBlock<float>(const Program&, const float* const*, const double*, int, float*, Workspace&);
template void evaluateBlock<double>(const Program&, const double* const*, const double*, int, double*, Workspace&);
template void jacobianBlock<float>(const Program&, const float* const*, const double*, int, float*, float* const*, float* const*, Workspace&);
template void jacobianBlock<double>(const Program&, const double* const*, const double*, int, double*, double* const*, double* const*, Workspace&);

}  // namespace halolaw
