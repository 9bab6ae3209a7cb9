// What the instruction sets' copies of kernels/expression.cpp offer to expression.cpp. Plain data: kernels use no standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "expression_ops.h"
#include "isa.h"

namespace halolaw {

/// Rows worked off at once, so that a program's values stay in the first two caches. Multiples of every vector's width.
template <typename T>
constexpr int kForwardBatch = 4096 / sizeof(T);
template <typename T>
constexpr int kJacobianBatch = 2048 / sizeof(T);

/// A node's operand: one value a row, or one value for all.
template <typename T>
struct Operand {
  const T* values;
  T scalar;
  bool isScalar;
};

template <typename T>
struct ForwardBatch {
  const Step* steps;
  int length;
  const T* const* columns;
  int offset;  // first row, in the columns
  int rows;    // at most kForwardBatch<T>
  const double* constants;
  Operand<T>* operands;  // one a step
  T* buffers;            // kForwardBatch values for each place
  T* spare;              // three times as many
  T* padding;            // as many for each variable, where the rows may end within a vector
  T* out;
};

/// What a reverse sweep knows of each step beside its operands.
struct BackStep {
  bool needed;    // a wanted derivative passes through here
  bool first[3];  // the sweep has not met the operand before, so that nothing is there to add to
};

template <typename T>
struct JacobianBatch {
  const Step* steps;
  const BackStep* back;
  int length;
  const T* const* columns;
  int offset;
  int rows;  // at most kJacobianBatch<T>
  const double* constants;
  const T** values;  // one pointer a step
  T* buffers;        // kJacobianBatch values and as many adjoints a step, and four times as many to spare
  T* padding;        // as many for each variable, where the rows may end within a vector
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
