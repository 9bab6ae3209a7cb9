#include "expression/invert.h"

#include <algorithm>
#include <cmath>

namespace halolaw::expression {

namespace {

/// The value the left (or only) argument must take for `op` to give `out`, and the square of d out / d argument there.
/// NaN if there is none. `now` is the argument's present value, which chooses between branches.
double invertFirst(Op op, double out, double now, double other, double& slope) {
  switch (op) {
    case Op::add: slope = 1; return out - other;
    case Op::subtract: slope = 1; return out + other;
    case Op::multiply: slope = other; return out / other;
    case Op::divide: slope = 1 / other; return out * other;
    case Op::power: {
      const double a = std::pow(out, 1 / other);
      slope = other * out / a;
      return now < 0 && out > 0 && std::fmod(other, 2) == 0 ? -a : a;
    }
    case Op::negate: slope = 1; return -out;
    case Op::abs: slope = 1; return out < 0 ? NAN : now < 0 ? -out : out;
    case Op::square: {
      const double a = std::sqrt(out);
      slope = 2 * a;
      return now < 0 ? -a : a;
    }
    case Op::cube: {
      const double a = std::cbrt(out);
      slope = 3 * a * a;
      return a;
    }
    case Op::sqrt: slope = 0.5 / out; return out < 0 ? NAN : out * out;
    case Op::inverse: slope = out * out; return 1 / out;
    case Op::exp: slope = out; return std::log(out);
    case Op::log: {
      const double a = std::exp(out);
      slope = 1 / a;
      return a;
    }
    case Op::log10: {
      const double a = std::pow(10, out);
      slope = 0.4343 / a;
      return a;
    }
    case Op::sin:
    case Op::cos: {
      if (!(std::fabs(out) <= 1)) return NAN;
      slope = std::sqrt(1 - out * out);
      // the branch nearest the present value
      const double base = op == Op::sin ? std::asin(out) : std::acos(out), mirror = op == Op::sin ? M_PI - base : -base;
      const double one = base + 2 * M_PI * std::round((now - base) / (2 * M_PI));
      const double two = mirror + 2 * M_PI * std::round((now - mirror) / (2 * M_PI));
      return std::fabs(one - now) <= std::fabs(two - now) ? one : two;
    }
    case Op::tan: slope = 1 + out * out; return std::atan(out) + M_PI * std::round((now - std::atan(out)) / M_PI);
    case Op::tanh: slope = 1 - out * out; return std::atanh(out);
    case Op::asin: slope = 1 / std::cos(out); return std::fabs(out) <= M_PI / 2 ? std::sin(out) : NAN;
    case Op::acos: slope = 1 / std::sin(out); return out >= 0 && out <= M_PI ? std::cos(out) : NAN;
    case Op::atan: slope = std::cos(out) * std::cos(out); return std::fabs(out) < M_PI / 2 ? std::tan(out) : NAN;
    default: return NAN;
  }
}

/// The same for the right argument of a binary operator.
double invertSecond(Op op, double out, double other, double& slope) {
  switch (op) {
    case Op::add: slope = 1; return out - other;
    case Op::subtract: slope = 1; return other - out;
    case Op::multiply: slope = other; return out / other;
    case Op::divide: slope = out * out / other; return other / out;
    case Op::power: slope = out * std::log(other); return std::log(out) / std::log(other);
    default: return NAN;
  }
}

struct Subtree {
  int first, last;
};

/// Start of the subtree that ends at `last`: the node at which all its operands are complete.
Subtree subtreeOf(const std::vector<int32_t>& code, int last) {
  int missing = 1, i = last;
  for (;; --i) {
    missing += arityOf(static_cast<Op>(code[static_cast<size_t>(i)] & 255)) - 1;
    if (missing == 0) return {i, last};
  }
}

void evaluateSubtree(const Program& program, Subtree subtree, const FitTable& data, Span<double> out,
                     Scratch& scratch) {
  Program piece;
  piece.constants = program.constants;
  piece.parameters = program.parameters;
  piece.variables = program.variables;
  piece.code.assign(program.code.begin() + subtree.first, program.code.begin() + subtree.last + 1);
  piece.layOut();
  evaluateBlock<double>(piece, data.full.columns, program.constants, out, scratch);
}

}  // namespace

bool nodeTargetAt(const NodeInContext& place, const FitTable& data, size_t n, NodeTarget& out, Scratch& scratch) {
  const Program& program = place.program;
  const int node = place.node;
  std::vector<double>&target = out.values, &weight = out.weights;
  target.resize(n);
  weight.resize(n);
  for (size_t i = 0; i < n; ++i) {
    target[i] = (data.full.target[i] - place.offset) / place.scale;
    weight[i] = data.weightOf(i) * place.scale * place.scale;
  }
  std::vector<double> now(n), other(n);
  for (int at = static_cast<int>(program.code.size()) - 1; at != node;) {
    const Op op = static_cast<Op>(program.code[static_cast<size_t>(at)] & 255);
    const int arity = arityOf(op);
    if (arity == 0 || arity > 2) return false;
    const Subtree last = subtreeOf(program.code, at - 1);
    const bool inLast = node >= last.first;
    if (arity == 2) {
      const Subtree first = subtreeOf(program.code, last.first - 1);
      evaluateSubtree(program, inLast ? first : last, data, other, scratch);
      at = inLast ? at - 1 : last.first - 1;
    } else {
      at = at - 1;
    }
    if (arity == 1 || !inLast) evaluateSubtree(program, subtreeOf(program.code, at), data, now, scratch);
    for (size_t i = 0; i < n; ++i) {
      double slope = 0;
      target[i] = arity == 2 && inLast ? invertSecond(op, target[i], other[i], slope)
                                       : invertFirst(op, target[i], now[i], other[i], slope);
      weight[i] *= slope * slope;
    }
  }
  size_t good = 0;
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    if (std::isfinite(target[i]) && std::isfinite(weight[i]) && std::fabs(target[i]) < 1e12 && weight[i] > 0) {
      ++good;
      sum += weight[i];
    } else {
      target[i] = weight[i] = 0;
    }
  }
  if (good * 10 < n * 7 || !(sum > 0) || !std::isfinite(sum)) return false;
  // a few rows must not decide alone
  const double most = 30 * sum / static_cast<double>(good);
  for (size_t i = 0; i < n; ++i) weight[i] = std::min(weight[i], most) / sum;
  return true;
}

}  // namespace halolaw::expression
