// Formulas as postfix programs, and how they are laid out for evaluation: each distinct part once.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/expression_ops.h"

namespace halolaw::expression {

using kernels::Op;
using kernels::Step;

/// Number of arguments of an operator; 0 for leaves.
int arityOf(Op op);

/// One 32-bit word per node, opcode | argument << 8; instructions as in src-main/symbolic/language/program.ts.
struct Program {
  std::vector<int32_t> code;
  /// The fitted parameters' values first (`parameters` of them), then literals. Evaluation takes the values beside the
  /// program, so that a fit can vary the parameters: `constants.data()` or a copy of the same length.
  std::vector<double> constants;
  int parameters = 0;
  /// Columns that the program's `variable` nodes count into.
  int variables = 0;

  /// The steps of an evaluation: the nodes in postfix order without those that compute the same as an earlier one
  /// (value numbering), so that shared subtrees and leaves are evaluated once. layOut makes them.
  std::vector<Step> steps;
  /// Number of columns that the steps need at the same time.
  int places = 0;

  /// Checks the words and makes the steps. Call it before evaluation and after every change of the code. Empty for a
  /// well-formed program, else the error (foreign input is checked here, once).
  const char* layOut();

 private:
  const char* problem() const;
  void assignPlaces();
};

}  // namespace halolaw::expression
