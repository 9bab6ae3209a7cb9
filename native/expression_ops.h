// The instructions of postfix programs, apart from the rest so that kernels/ may include them.
#pragma once

#include <cstdint>

namespace halolaw {

/// Leaves, then the operators in the order of `operators` in src-main/symbolic/expression.ts.
enum class Op : int32_t {
  constant, parameter, variable,
  add, subtract, multiply, divide, power,
  greater, less, greaterEqual, lessEqual, equal, notEqual, logicalAnd, logicalOr, logicalNot,
  negate, abs, square, cube, sqrt, inverse,
  exp, log, log10, sin, cos, tan, tanh, asin, acos, atan, erf,
  min, max, clamp, step, select,
  count
};

}  // namespace halolaw
