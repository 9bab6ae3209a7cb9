#pragma once

#include <vector>

#include "expression_fit.h"

namespace halolaw {

/// The values wanted at `node` so that scale * program + offset hits the target in the first `rows` rows, and how much each row's
/// matters (the square of the whole's derivative by the node; 0 where no value does). False when too few rows have one.
bool wantedAt(const Program& program, int node, double scale, double offset, const FitTable& data, int rows, std::vector<double>& wanted,
              std::vector<double>& weight, Workspace& workspace);

}  // namespace halolaw
