#include "expression.h"

#include <algorithm>
#include <cstring>

#include "expression_kernels.h"

namespace halolaw {

int arityOf(Op op) {
  switch (op) {
    case Op::constant: case Op::parameter: case Op::variable:
      return 0;
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: case Op::power:
    case Op::greater: case Op::less: case Op::greaterEqual: case Op::lessEqual: case Op::equal: case Op::notEqual:
    case Op::logicalAnd: case Op::logicalOr: case Op::min: case Op::max:
      return 2;
    case Op::clamp: case Op::select:
      return 3;
    default:
      return 1;
  }
}

const char* Program::problem() const {
  if (code.empty()) return "the program is empty";
  if (parameters < 0 || static_cast<size_t>(parameters) > constants.size()) return "the program has fewer constants than parameters";
  long depth = 0;
  for (int32_t word : code) {
    const int32_t op = word & 255, arg = word >> 8;
    if (op >= static_cast<int32_t>(Op::count)) return "the program holds an unknown instruction";
    switch (static_cast<Op>(op)) {
      case Op::constant:
        if (arg < 0 || static_cast<size_t>(arg) >= constants.size()) return "the program names a constant it does not have";
        break;
      case Op::parameter:
        if (arg < 0 || arg >= parameters) return "the program names a parameter it does not have";
        break;
      case Op::variable:
        if (arg < 0 || arg >= variables) return "the program names a variable it does not have";
        break;
      default:
        break;
    }
    depth += 1 - arityOf(static_cast<Op>(op));
    if (depth < 1) return "the program takes more operands than there are";
  }
  return depth == 1 ? nullptr : "the program leaves more than one value";
}

void* Workspace::reserve(size_t bytes) {
  if (memory_.size() < bytes + 64) memory_.resize(bytes + 64);
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  return reinterpret_cast<void*>((address + 63) / 64 * 64);
}

namespace {

size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

int stackDepthOf(const std::vector<int32_t>& code) {
  int depth = 0, deepest = 0;
  for (int32_t word : code) {
    depth += 1 - arityOf(static_cast<Op>(word & 255));
    deepest = std::max(deepest, depth);
  }
  // an operator's operands stand above its result
  return deepest + 2;
}

void run(const ForwardBatch<float>& batch) { expressionKernels().forwardFloat(batch); }
void run(const ForwardBatch<double>& batch) { expressionKernels().forwardDouble(batch); }
void run(const JacobianBatch<float>& batch) { expressionKernels().jacobianFloat(batch); }
void run(const JacobianBatch<double>& batch) { expressionKernels().jacobianDouble(batch); }

}  // namespace

template <typename T>
void evaluateBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out, Workspace& workspace) {
  const int depth = stackDepthOf(program.code);
  const size_t stackBytes = padded(sizeof(Operand<T>) * depth);
  auto* memory = static_cast<uint8_t*>(workspace.reserve(stackBytes + sizeof(T) * depth * kForwardBatch));
  ForwardBatch<T> batch;
  batch.code = program.code.data();
  batch.length = static_cast<int>(program.code.size());
  batch.columns = columns;
  batch.constants = constants;
  batch.stack = reinterpret_cast<Operand<T>*>(memory);
  batch.buffers = reinterpret_cast<T*>(memory + stackBytes);
  for (int start = 0; start < rows; start += kForwardBatch) {
    batch.offset = start;
    batch.rows = std::min(kForwardBatch, rows - start);
    batch.out = out + start;
    run(batch);
  }
}

template <typename T>
void jacobianBlock(const Program& program, const T* const* columns, const double* constants, int rows, T* out,
                   T* const* byParameter, T* const* byVariable, Workspace& workspace) {
  const size_t length = program.code.size();
  const size_t linkBytes = padded(sizeof(NodeLinks) * length), pointerBytes = padded(sizeof(T*) * length);
  const size_t stackBytes = padded(sizeof(int32_t) * length);
  auto* memory = static_cast<uint8_t*>(
      workspace.reserve(linkBytes + pointerBytes + stackBytes + sizeof(T) * (2 * length + 1) * kJacobianBatch));
  auto* links = reinterpret_cast<NodeLinks*>(memory);
  auto* stack = reinterpret_cast<int32_t*>(memory + linkBytes + pointerBytes);
  int top = 0;
  for (size_t i = 0; i < length; ++i) {
    const Op op = static_cast<Op>(program.code[i] & 255);
    const int arg = program.code[i] >> 8, arity = arityOf(op);
    NodeLinks& link = links[i];
    link.needed = (op == Op::parameter && byParameter) || (op == Op::variable && byVariable && byVariable[arg]);
    top -= arity;
    for (int k = 0; k < arity; ++k) {
      link.children[k] = stack[top + k];
      link.needed |= links[stack[top + k]].needed;
    }
    stack[top++] = static_cast<int32_t>(i);
  }
  if (byParameter)
    for (int p = 0; p < program.parameters; ++p) std::fill(byParameter[p], byParameter[p] + rows, T(0));
  if (byVariable)
    for (int v = 0; v < program.variables; ++v)
      if (byVariable[v]) std::fill(byVariable[v], byVariable[v] + rows, T(0));

  JacobianBatch<T> batch;
  batch.code = program.code.data();
  batch.links = links;
  batch.length = static_cast<int>(length);
  batch.columns = columns;
  batch.constants = constants;
  batch.values = reinterpret_cast<const T**>(memory + linkBytes);
  batch.buffers = reinterpret_cast<T*>(memory + linkBytes + pointerBytes + stackBytes);
  batch.byParameter = byParameter;
  batch.byVariable = byVariable;
  for (int start = 0; start < rows; start += kJacobianBatch) {
    batch.offset = start;
    batch.rows = std::min(kJacobianBatch, rows - start);
    batch.out = out + start;
    run(batch);
  }
}

template void evaluateBlock<float>(const Program&, const float* const*, const double*, int, float*, Workspace&);
template void evaluateBlock<double>(const Program&, const double* const*, const double*, int, double*, Workspace&);
template void jacobianBlock<float>(const Program&, const float* const*, const double*, int, float*, float* const*, float* const*, Workspace&);
template void jacobianBlock<double>(const Program&, const double* const*, const double*, int, double*, double* const*, double* const*, Workspace&);

}  // namespace halolaw
