// The instructions of postfix programs.
#pragma once

#include <cstdint>

namespace halolaw::kernels {

/// Leaves, then the operators in the order of `operators` in src-main/symbolic/language/expression.ts.
// clang-format off
enum class Op : int32_t {
  constant, parameter, variable,
  add, subtract, multiply, divide, power,
  greater, less, greaterEqual, lessEqual, equal, notEqual, logicalAnd, logicalOr, logicalNot,
  negate, abs, square, cube, sqrt, inverse,
  exp, log, log10, sin, cos, tan, tanh, asin, acos, atan, erf,
  min, max, clamp, step, select,
  count
};
// clang-format on

/// One node of a laid-out program.
struct Step {
  Op op;
  uint8_t arity;
  /// Of a constant or parameter the place of its value, of a variable its column; 0 for operators.
  int32_t argument;
  /// The steps of its arguments, all earlier than this one; -1 if it has none.
  int32_t operands[3];
  /// Where the values of a forward pass go; -1 for leaves.
  int32_t place;
};

}  // namespace halolaw::kernels
