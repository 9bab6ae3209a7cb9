// Inverts a formula around one of its nodes.
#pragma once

#include <vector>

#include "expression/fit.h"

namespace halolaw::expression {

/// A node of a program, and the line that makes it a prediction: scale * program + offset.
struct NodeInContext {
  const Program& program;
  int node;
  double scale, offset;
};

/// The values that a node must have so that the prediction hits the target, and the weight of each row: the square of
/// the prediction's derivative by the node, or 0 if no value hits the target.
struct NodeTarget {
  std::vector<double> values, weights;
};

/// Finds them for the first `rows` rows. False when too few rows have one.
bool nodeTargetAt(const NodeInContext& at, const FitTable& data, size_t rows, NodeTarget& out, Scratch& scratch);

}  // namespace halolaw::expression
