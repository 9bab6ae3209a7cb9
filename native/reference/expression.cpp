#include "reference/expression.h"

#include <cfloat>
#include <cmath>

#include "expression/evaluate.h"
#include "reference/comparison.h"

namespace halolaw::reference {

using expression::Program;
using kernels::Op;

namespace {

double truth(bool value) { return value ? 1 : 0; }

/// The value of a comparison or of logic, which is flat; NaN where an operand is.
Dual flat(Dual a, Dual b, bool value) {
  if (std::isnan(a.value)) return {a.value, 0};
  if (std::isnan(b.value)) return {b.value, 0};
  return {truth(value), 0};
}

/// slope * factor, where 0 stays 0.
double times(double slope, double factor) { return slope == 0 ? 0 : slope * factor; }

Dual smaller(Dual a, Dual b) { return std::isnan(a.value) || a.value <= b.value ? a : b; }
Dual larger(Dual a, Dual b) { return std::isnan(a.value) || a.value >= b.value ? a : b; }

Dual power(Dual a, Dual b) {
  const bool isUndefined = std::isnan(a.value) || std::isnan(b.value) ||
                           (a.value < 0 && std::isfinite(a.value) && b.value != std::rint(b.value));
  const double value = isUndefined ? NAN : std::pow(a.value, b.value);
  return {value, times(a.slope, b.value * std::pow(a.value, b.value - 1)) + times(b.slope, value * std::log(a.value))};
}

}  // namespace

Dual apply(Op op, Dual a, Dual b, Dual c) {
  const double x = a.value, y = b.value;
  const auto of = [&](double value, double factor) { return Dual{value, times(a.slope, factor)}; };
  switch (op) {
    case Op::add: return {x + y, a.slope + b.slope};
    case Op::subtract: return {x - y, a.slope - b.slope};
    case Op::multiply: return {x * y, times(a.slope, y) + times(b.slope, x)};
    case Op::divide: return {x / y, times(a.slope, 1 / y) - times(b.slope, x / (y * y))};
    case Op::power: return power(a, b);
    case Op::greater: return flat(a, b, x > y);
    case Op::less: return flat(a, b, x < y);
    case Op::greaterEqual: return flat(a, b, x >= y);
    case Op::lessEqual: return flat(a, b, x <= y);
    case Op::equal: return flat(a, b, x == y);
    case Op::notEqual: return flat(a, b, x != y);
    case Op::logicalAnd: return x == 0 || y == 0 ? Dual{0, 0} : flat(a, b, true);
    case Op::logicalOr:
      return (x != 0 && !std::isnan(x)) || (y != 0 && !std::isnan(y)) ? Dual{1, 0} : flat(a, b, false);
    case Op::logicalNot: return flat(a, {0, 0}, x == 0);
    case Op::negate: return of(-x, -1);
    case Op::abs: return of(std::fabs(x), x < 0 ? -1 : 1);
    case Op::square: return of(x * x, 2 * x);
    case Op::cube: return of(x * x * x, 3 * x * x);
    case Op::sqrt: return of(std::sqrt(x), 0.5 / std::sqrt(x));
    case Op::inverse: return of(1 / x, -1 / (x * x));
    case Op::exp: return of(std::exp(x), std::exp(x));
    case Op::log: return of(std::log(x), 1 / x);
    case Op::log10: return of(std::log10(x), 1 / (x * std::log(10.0)));
    case Op::sin: return of(std::sin(x), std::cos(x));
    case Op::cos: return of(std::cos(x), -std::sin(x));
    case Op::tan: return of(std::tan(x), 1 + std::tan(x) * std::tan(x));
    case Op::tanh: return of(std::tanh(x), 1 - std::tanh(x) * std::tanh(x));
    case Op::asin: return of(std::asin(x), 1 / std::sqrt(1 - x * x));
    case Op::acos: return of(std::acos(x), -1 / std::sqrt(1 - x * x));
    case Op::atan: return of(std::atan(x), 1 / (1 + x * x));
    case Op::erf: return of(std::erf(x), 2 / std::sqrt(std::acos(-1.0)) * std::exp(-x * x));
    case Op::min: return smaller(a, b);
    case Op::max: return larger(a, b);
    case Op::clamp: return smaller(larger(a, b), c);
    case Op::step: return flat(a, {0, 0}, x >= 0);
    case Op::select: return std::isnan(x) ? Dual{x, 0} : x != 0 ? b : c;
    default: return {NAN, NAN};
  }
}

namespace {

/// How far the operands are from where the operator jumps or has a kink.
double distanceFromJump(Op op, Dual a, Dual b, Dual c) {
  switch (op) {
    case Op::greater:
    case Op::less:
    case Op::greaterEqual:
    case Op::lessEqual:
    case Op::equal:
    case Op::notEqual:
    case Op::min:
    case Op::max: return std::fabs(a.value - b.value);
    // bounds in the wrong order have no agreed derivative
    case Op::clamp:
      if (!(b.value < c.value)) return 0;
      return std::fmin(std::fabs(a.value - b.value), std::fabs(larger(a, b).value - c.value));
    case Op::logicalAnd:
    case Op::logicalOr: return std::fmin(std::fabs(a.value), std::fabs(b.value));
    case Op::logicalNot:
    case Op::select:
    case Op::step:
    case Op::abs:
    case Op::sqrt: return std::fabs(a.value);
    // the slope by the exponent does not exist for a negative base
    case Op::power: return a.value;
    case Op::asin:
    case Op::acos: return 1 - std::fabs(a.value);
    default: return 1e300;
  }
}

}  // namespace

Dual evaluate(const Program& program, Span<const double> variables, Leaf by, Condition* condition) {
  std::vector<Dual> stack;
  for (const int32_t word : program.code) {
    const Op op = static_cast<Op>(word & 255);
    const int index = word >> 8;
    const double slope = op == by.kind && index == by.index ? 1 : 0;
    if (op == Op::variable) {
      stack.push_back({variables[static_cast<size_t>(index)], slope});
    } else if (op == Op::constant || op == Op::parameter) {
      stack.push_back({program.constants[static_cast<size_t>(index)], slope});
    } else {
      const size_t arity = static_cast<size_t>(expression::arityOf(op)), first = stack.size() - arity;
      const auto operand = [&](size_t k) { return k < arity ? stack[first + k] : Dual{0, 0}; };
      const Dual value = apply(op, operand(0), operand(1), operand(2));
      if (condition) {
        const double size = std::fabs(value.value), jump = distanceFromJump(op, operand(0), operand(1), operand(2));
        if (!(size <= condition->largest)) condition->largest = std::isnan(size) ? INFINITY : size;
        if (!(jump >= condition->closest)) condition->closest = jump;
      }
      stack.resize(first);
      stack.push_back(value);
    }
  }
  return stack.back();
}

namespace {

constexpr int kVariables = 3, kParameters = 2;

/// Names as in the expression language, for reports.
const char* const kOperators[] = {
    "constant", "parameter", "variable", "add", "subtract", "multiply", "divide", "power", "greater", "less",
    ">=",       "<=",        "==",       "!=",  "and",      "or",       "not",    "neg",   "abs",     "square",
    "cube",     "sqrt",      "inverse",  "exp", "log",      "log10",    "sin",    "cos",   "tan",     "tanh",
    "asin",     "acos",      "atan",     "erf", "min",      "max",      "clamp",  "step",  "select"};

int32_t leaf(Op op, int index) { return static_cast<int32_t>(op) | index << 8; }

/// x within the domain of the operator.
double inDomain(Op op, double x) {
  switch (op) {
    case Op::sqrt:
    case Op::log:
    case Op::log10:
    case Op::power: return std::fabs(x) + 0.01;
    case Op::asin:
    case Op::acos: return std::sin(x);
    default: return x;
  }
}

/// The operator over the first variables, in double and single precision.
void compareOperator(Comparison& result, Op op, Draw& draw) {
  Program program;
  for (int k = 0; k < expression::arityOf(op); ++k) program.code.push_back(leaf(Op::variable, k));
  program.code.push_back(static_cast<int32_t>(op));
  program.variables = kVariables;
  program.layOut();
  const std::string name = std::string("operator ") + kOperators[static_cast<int>(op)];
  for (const size_t rows : {size_t{1}, size_t{37}, size_t{1300}}) {
    std::vector<std::vector<float>> narrow;
    std::vector<std::vector<double>> wide;
    for (int v = 0; v < kVariables; ++v) {
      narrow.push_back(draw.column<float>(rows, -4, 4));
      // equal numbers, for comparisons
      for (size_t i = 0; v == 1 && i < rows; i += 5) narrow[1][i] = narrow[0][i];
      if (v == 0)
        for (float& x : narrow[0]) x = static_cast<float>(inDomain(op, x));
      wide.emplace_back(narrow.back().begin(), narrow.back().end());
    }
    std::vector<const float*> singles;
    std::vector<const double*> doubles;
    for (const auto& column : narrow) singles.push_back(column.data());
    for (const auto& column : wide) doubles.push_back(column.data());
    std::vector<float> single(rows);
    std::vector<double> full(rows);
    expression::Scratch scratch;
    expression::evaluateBlock<float>(program, singles, program.constants, single, scratch);
    expression::evaluateBlock<double>(program, doubles, program.constants, full, scratch);
    for (size_t i = 0; i < rows; ++i) {
      const std::vector<double> row = {wide[0][i], wide[1][i], wide[2][i]};
      const double plain = evaluate(program, row).value;
      result.add(name, full[i], plain, DBL_EPSILON * (std::fabs(plain) + 1e-300));
      // near a zero of sin, cos and the like, the rounding of the argument's reduction matters
      result.add(name + " in single precision", single[i], plain, FLT_EPSILON * (std::fabs(plain) + 1e-2));
    }
  }
}

/// A random program: leaves, then operators that join the last values until one is left.
Program randomProgram(Draw& draw) {
  Program program;
  program.constants = {draw.uniform(0.5, 2), draw.uniform(-2, -0.5), draw.uniform(0.5, 3)};
  program.parameters = kParameters;
  program.variables = kVariables;
  const int first = static_cast<int>(Op::add), operators = static_cast<int>(Op::count) - first;
  int depth = 0;
  for (size_t nodes = 3 + draw.below(9); nodes > 0 || depth > 1;) {
    const Op op = static_cast<Op>(first + static_cast<int>(draw.below(static_cast<size_t>(operators))));
    const int arity = expression::arityOf(op);
    if (nodes > 0 && (depth < arity || draw.below(2) == 0)) {
      const size_t kind = draw.below(4);
      program.code.push_back(kind == 0   ? leaf(Op::parameter, static_cast<int>(draw.below(kParameters)))
                             : kind == 1 ? leaf(Op::constant, kParameters)
                                         : leaf(Op::variable, static_cast<int>(draw.below(kVariables))));
      ++depth;
      --nodes;
    } else if (depth >= arity && (nodes > 0 || arity > 1)) {
      program.code.push_back(static_cast<int32_t>(op));
      depth += 1 - arity;
    }
  }
  program.layOut();
  return program;
}

/// Values and derivatives of whole programs, where both are of moderate size.
void comparePrograms(Comparison& result, Draw& draw) {
  expression::Scratch scratch;
  for (int n = 0; n < 300; ++n) {
    const Program program = randomProgram(draw);
    const size_t rows = 1 + draw.below(600);
    std::vector<std::vector<double>> columns;
    std::vector<const double*> pointers;
    for (int v = 0; v < kVariables; ++v) columns.push_back(draw.column<double>(rows, -3, 3));
    for (const auto& column : columns) pointers.push_back(column.data());
    std::vector<double> values(rows), again(rows);
    std::vector<std::vector<double>> slopes(kParameters + kVariables, std::vector<double>(rows));
    std::vector<double*> byParameter, byVariable;
    for (size_t k = 0; k < slopes.size(); ++k) (k < kParameters ? byParameter : byVariable).push_back(slopes[k].data());
    expression::evaluateBlock<double>(program, pointers, program.constants, values, scratch);
    expression::jacobianBlock<double>(program, pointers, program.constants, {again, byParameter, byVariable}, scratch);
    for (size_t i = 0; i < rows; ++i) {
      const std::vector<double> row = {columns[0][i], columns[1][i], columns[2][i]};
      Condition condition;
      const double plain = evaluate(program, row, {}, &condition).value;
      result.check("jacobian values", values[i] == again[i] || (std::isnan(values[i]) && std::isnan(again[i])));
      if (condition.largest > 1e3 || condition.closest < 1e-3) continue;
      result.add("programs", values[i], plain, 1 + std::fabs(plain));
      for (int k = 0; k < kParameters + kVariables; ++k) {
        const Leaf by = k < kParameters ? Leaf{Op::parameter, k} : Leaf{Op::variable, k - kParameters};
        const double slope = evaluate(program, row, by).slope;
        if (std::fabs(slope) < 1e4)
          result.add("derivatives", slopes[static_cast<size_t>(k)][i], slope, 1 + std::fabs(slope));
      }
    }
  }
}

}  // namespace

void compareExpressions(Comparison& result) {
  Draw draw(11);
  for (int op = static_cast<int>(Op::add); op < static_cast<int>(Op::count); ++op)
    compareOperator(result, static_cast<Op>(op), draw);
  comparePrograms(result, draw);
}

}  // namespace halolaw::reference
