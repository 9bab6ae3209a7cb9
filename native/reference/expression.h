// Programs evaluated node by node, with derivatives by dual numbers.
#pragma once

#include "common/span.h"
#include "expression/program.h"

namespace halolaw::reference {

/// A value and its derivative by one parameter or variable.
struct Dual {
  double value, slope;
};

/// The leaf by which a program is differentiated: a parameter, a variable, or nothing.
struct Leaf {
  kernels::Op kind = kernels::Op::count;
  int index = 0;
};

/// How well conditioned an evaluation was: the largest value of any node, and the least distance from a jump or a kink.
struct Condition {
  double largest = 0, closest = 1e300;
};

/// The value of a program in one row, with its derivative by `by`.
Dual evaluate(const expression::Program& program, Span<const double> variables, Leaf by = {},
              Condition* condition = nullptr);

/// f(a, b, c); unary and binary operators ignore the others. Derivatives follow the rules of jacobianBlock.
Dual apply(kernels::Op op, Dual a, Dual b, Dual c);

}  // namespace halolaw::reference
