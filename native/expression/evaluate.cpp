#include "expression/evaluate.h"

#include <algorithm>

#include "kernels/expression.h"

namespace halolaw::expression {

void* Scratch::reserve(size_t bytes) {
  if (memory_.size() < bytes + 64) memory_.resize(bytes + 64);
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  return reinterpret_cast<void*>((address + 63) / 64 * 64);
}

namespace {

size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

void run(const kernels::ForwardBatch<float>& batch) { kernels::expressionKernels().forwardFloat(batch); }
void run(const kernels::ForwardBatch<double>& batch) { kernels::expressionKernels().forwardDouble(batch); }
void run(const kernels::JacobianBatch<float>& batch) { kernels::expressionKernels().jacobianFloat(batch); }
void run(const kernels::JacobianBatch<double>& batch) { kernels::expressionKernels().jacobianDouble(batch); }

/// What the reverse sweep needs of each step for the requested derivatives.
template <typename T>
void planSweep(const Program& program, const JacobianColumns<T>& out, Span<kernels::BackStep> back) {
  const int length = static_cast<int>(program.steps.size());
  const auto isRequested = [&](const Step& step) {
    if (step.op == Op::parameter) return !out.byParameter.empty();
    return step.op == Op::variable && !out.byVariable.empty() && out.byVariable[static_cast<size_t>(step.argument)];
  };
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    back[i] = {isRequested(step), {true, true, true}};
    for (int k = 0; k < step.arity; ++k) back[i].needed |= back[static_cast<size_t>(step.operands[k])].needed;
  }
  std::vector<uint8_t> met(program.steps.size(), false);
  for (int i = length - 1; i >= 0; --i) {
    const auto here = static_cast<size_t>(i);
    if (!back[here].needed) continue;
    const Step& step = program.steps[here];
    for (int k = 0; k < step.arity; ++k) {
      const auto child = static_cast<size_t>(step.operands[k]);
      back[here].first[k] = !met[child];
      met[child] = true;
    }
  }
}

}  // namespace

template <typename T>
void evaluateBlock(const Program& program, Span<const T* const> columns, Span<const double> constants, Span<T> out,
                   Scratch& scratch) {
  constexpr size_t kStride = kernels::kForwardBatch<T>;
  const size_t length = program.steps.size(), operandBytes = padded(sizeof(kernels::Operand<T>) * length);
  const size_t places = static_cast<size_t>(program.places);
  const size_t paddings = out.size() % 16 == 0 ? 0 : static_cast<size_t>(program.variables);
  auto* memory = static_cast<uint8_t*>(scratch.reserve(operandBytes + sizeof(T) * kStride * (places + 3 + paddings)));
  auto* memoryOfRows = reinterpret_cast<T*>(memory + operandBytes);
  kernels::ForwardBatch<T> batch;
  batch.steps = program.steps;
  batch.columns = columns;
  batch.constants = constants;
  batch.operands = {reinterpret_cast<kernels::Operand<T>*>(memory), length};
  batch.buffers = {memoryOfRows, places * kStride};
  batch.spare = {memoryOfRows + places * kStride, 3 * kStride};
  batch.padding = {memoryOfRows + (places + 3) * kStride, paddings * kStride};
  for (size_t start = 0; start < out.size(); start += kStride) {
    batch.offset = static_cast<int>(start);
    batch.out = out.part(start, std::min(kStride, out.size() - start));
    run(batch);
  }
}

template <typename T>
void jacobianBlock(const Program& program, Span<const T* const> columns, Span<const double> constants,
                   const JacobianColumns<T>& out, Scratch& scratch) {
  constexpr size_t kStride = kernels::kJacobianBatch<T>;
  const size_t length = program.steps.size(), rows = out.values.size();
  const size_t sweepBytes = padded(sizeof(kernels::BackStep) * length), pointerBytes = padded(sizeof(T*) * length);
  const size_t columnsOfSteps = 2 * length + 4;
  const size_t paddings = rows % 16 == 0 ? 0 : static_cast<size_t>(program.variables);
  auto* memory = static_cast<uint8_t*>(
      scratch.reserve(sweepBytes + pointerBytes + sizeof(T) * kStride * (columnsOfSteps + paddings)));
  const Span<kernels::BackStep> back = {reinterpret_cast<kernels::BackStep*>(memory), length};
  planSweep(program, out, back);
  // a parameter or variable that the program does not contain changes nothing
  const size_t parameters = static_cast<size_t>(program.parameters), variables = static_cast<size_t>(program.variables);
  std::vector<uint8_t> contains(parameters + variables, false);
  for (const Step& step : program.steps) {
    if (step.op == Op::parameter) contains[static_cast<size_t>(step.argument)] = true;
    if (step.op == Op::variable) contains[static_cast<size_t>(step.argument) + parameters] = true;
  }
  for (size_t p = 0; p < parameters && !out.byParameter.empty(); ++p)
    if (!contains[p]) std::fill_n(out.byParameter[p], rows, T(0));
  for (size_t v = 0; v < variables && !out.byVariable.empty(); ++v)
    if (out.byVariable[v] && !contains[parameters + v]) std::fill_n(out.byVariable[v], rows, T(0));

  auto* memoryOfRows = reinterpret_cast<T*>(memory + sweepBytes + pointerBytes);
  kernels::JacobianBatch<T> batch;
  batch.steps = program.steps;
  batch.back = back;
  batch.columns = columns;
  batch.constants = constants;
  batch.values = {reinterpret_cast<const T**>(memory + sweepBytes), length};
  batch.buffers = {memoryOfRows, columnsOfSteps * kStride};
  batch.padding = {memoryOfRows + columnsOfSteps * kStride, paddings * kStride};
  batch.byParameter = out.byParameter;
  batch.byVariable = out.byVariable;
  for (size_t start = 0; start < rows; start += kStride) {
    batch.offset = static_cast<int>(start);
    batch.out = out.values.part(start, std::min(kStride, rows - start));
    run(batch);
  }
}

template void evaluateBlock<float>(const Program&, Span<const float* const>, Span<const double>, Span<float>, Scratch&);
template void evaluateBlock<double>(const Program&, Span<const double* const>, Span<const double>, Span<double>,
                                    Scratch&);
template void jacobianBlock<float>(const Program&, Span<const float* const>, Span<const double>,
                                   const JacobianColumns<float>&, Scratch&);
template void jacobianBlock<double>(const Program&, Span<const double* const>, Span<const double>,
                                    const JacobianColumns<double>&, Scratch&);

}  // namespace halolaw::expression
