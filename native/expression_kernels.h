// What the instruction sets' copies of kernels/expression.cpp offer to expression.cpp. Plain data: kernels use no standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "isa.h"

namespace halolaw {

/// Rows worked off at once, so that a program's values stay in the first two caches.
constexpr int kForwardBatch = 512;
constexpr int kJacobianBatch = 256;

/// A node's operand: one value a row, or one value for all.
template <typename T>
struct Operand {
  const T* values;
  T scalar;
  bool isScalar;
};

template <typename T>
struct ForwardBatch {
  const int32_t* code;
  int length;
  const T* const* columns;
  int offset;  // first row, in the columns
  int rows;    // at most kForwardBatch
  const double* constants;
  Operand<T>* stack;  // stackDepth of them
  T* buffers;         // kForwardBatch values for each place on the stack
  T* out;
};

/// What a reverse sweep knows of each node beside its instruction.
struct NodeLinks {
  int32_t children[3];
  bool needed;  // a wanted derivative passes through here
};

template <typename T>
struct JacobianBatch {
  const int32_t* code;
  const NodeLinks* links;
  int length;
  const T* const* columns;
  int offset;
  int rows;  // at most kJacobianBatch
  const double* constants;
  const T** values;  // one pointer a node
  T* buffers;        // kJacobianBatch values and as many adjoints a node, and as many again to spare
  T* out;
  T* const* byParameter;  // may be null
  T* const* byVariable;   // may be null, as may each entry
};

struct ExpressionKernels {
  void (*forwardFloat)(const ForwardBatch<float>&);
  void (*forwardDouble)(const ForwardBatch<double>&);
  void (*jacobianFloat)(const JacobianBatch<float>&);
  void (*jacobianDouble)(const JacobianBatch<double>&);
};

HL_DISPATCH(ExpressionKernels, expressionKernels)

}  // namespace halolaw
