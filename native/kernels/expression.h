// The interface of kernels/expression.cpp. Plain data, because kernels use no standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/span.h"
#include "kernels/expression_ops.h"
#include "simd/isa.h"

namespace halolaw::kernels {

/// Rows of a batch, so that a program's values stay in the first two caches. Multiples of every vector's width.
template <typename T>
constexpr int kForwardBatch = 4096 / sizeof(T);
template <typename T>
constexpr int kJacobianBatch = 2048 / sizeof(T);

/// A node's operand: one value per row, or one value for all.
template <typename T>
struct Operand {
  const T* values;
  T scalar;
  bool isScalar;
};

/// One batch of rows of a forward pass.
template <typename T>
struct ForwardBatch {
  Span<const Step> steps;
  Span<const T* const> columns;  // of all rows
  int offset;                    // first row of the batch, in the columns
  Span<const double> constants;
  Span<Operand<T>> operands;  // one per step
  Span<T> buffers;            // kForwardBatch values for each place
  Span<T> spare;              // three times as many
  Span<T> padding;            // as many for each variable, where the rows may end within a vector
  Span<T> out;                // one value per row; at most kForwardBatch<T>
};

/// Facts that a reverse sweep needs about each step besides its operands.
struct BackStep {
  bool needed;    // a requested derivative passes through here
  bool first[3];  // the sweep has not met the operand before, so that there is nothing to add to
};

/// One batch of rows of a forward and a reverse pass.
template <typename T>
struct JacobianBatch {
  Span<const Step> steps;
  Span<const BackStep> back;
  Span<const T* const> columns;
  int offset;
  Span<const double> constants;
  Span<const T*> values;       // one pointer per step
  Span<T> buffers;             // kJacobianBatch values and as many adjoints a step, and four times as many to spare
  Span<T> padding;             // as many for each variable, where the rows may end within a vector
  Span<T> out;                 // one value per row; at most kJacobianBatch<T>
  Span<T* const> byParameter;  // columns of all rows; may be empty
  Span<T* const> byVariable;   // may be empty, and entries may be null
};

struct ExpressionKernels {
  void (*forwardFloat)(const ForwardBatch<float>&);
  void (*forwardDouble)(const ForwardBatch<double>&);
  void (*jacobianFloat)(const JacobianBatch<float>&);
  void (*jacobianDouble)(const JacobianBatch<double>&);
};

HL_DISPATCH(ExpressionKernels, expressionKernels)

}  // namespace halolaw::kernels
