#include "expression/program.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace halolaw::expression {

int arityOf(Op op) {
  switch (op) {
    case Op::constant:
    case Op::parameter:
    case Op::variable: return 0;
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::power:
    case Op::greater:
    case Op::less:
    case Op::greaterEqual:
    case Op::lessEqual:
    case Op::equal:
    case Op::notEqual:
    case Op::logicalAnd:
    case Op::logicalOr:
    case Op::min:
    case Op::max: return 2;
    case Op::clamp:
    case Op::select: return 3;
    default: return 1;
  }
}

namespace {

bool isSame(const Step& a, const Step& b) {
  return a.op == b.op && a.argument == b.argument && std::equal(a.operands, a.operands + 3, b.operands);
}

size_t hashOf(const Step& step) {
  uint64_t hash = static_cast<uint64_t>(step.op) * 0x9e3779b97f4a7c15u + static_cast<uint32_t>(step.argument);
  for (int32_t operand : step.operands) hash = (hash ^ static_cast<uint32_t>(operand)) * 0xff51afd7ed558ccdu;
  return static_cast<size_t>(hash >> 20);
}

}  // namespace

const char* Program::problem() const {
  if (code.empty()) return "the program is empty";
  if (parameters < 0 || static_cast<size_t>(parameters) > constants.size())
    return "the program has fewer constants than parameters";
  long depth = 0;
  for (int32_t word : code) {
    const int32_t op = word & 255, arg = word >> 8;
    if (op >= static_cast<int32_t>(Op::count)) return "the program holds an unknown instruction";
    switch (static_cast<Op>(op)) {
      case Op::constant:
        if (arg < 0 || static_cast<size_t>(arg) >= constants.size())
          return "the program names a constant it does not have";
        break;
      case Op::parameter:
        if (arg < 0 || arg >= parameters) return "the program names a parameter it does not have";
        break;
      case Op::variable:
        if (arg < 0 || arg >= variables) return "the program names a variable it does not have";
        break;
      default: break;
    }
    depth += 1 - arityOf(static_cast<Op>(op));
    if (depth < 1) return "the program takes more operands than there are";
  }
  return depth == 1 ? nullptr : "the program leaves more than one value";
}

const char* Program::layOut() {
  if (const char* wrong = problem()) return wrong;
  steps.clear();
  std::vector<int32_t> stack;
  size_t buckets = 16;
  while (buckets < 2 * code.size()) buckets *= 2;
  std::vector<int32_t> table(buckets, -1);
  for (int32_t word : code) {
    Step step = {
        static_cast<Op>(word & 255), static_cast<uint8_t>(arityOf(static_cast<Op>(word & 255))), 0, {-1, -1, -1}, -1};
    if (step.arity == 0) step.argument = word >> 8;
    std::copy(stack.end() - step.arity, stack.end(), step.operands);
    stack.resize(stack.size() - step.arity);
    if (step.op == Op::constant) {
      // equal literals share one step, wherever they are stored
      const double* value = &constants[static_cast<size_t>(step.argument)];
      for (int32_t k = parameters; k < step.argument; ++k)
        if (std::memcmp(&constants[static_cast<size_t>(k)], value, sizeof *value) == 0) {
          step.argument = k;
          break;
        }
    }
    if ((step.op == Op::add || step.op == Op::multiply) && step.operands[0] > step.operands[1])
      std::swap(step.operands[0], step.operands[1]);
    size_t bucket = hashOf(step) & (buckets - 1);
    while (table[bucket] >= 0 && !isSame(steps[static_cast<size_t>(table[bucket])], step))
      bucket = (bucket + 1) & (buckets - 1);
    if (table[bucket] < 0) {
      table[bucket] = static_cast<int32_t>(steps.size());
      steps.push_back(step);
    }
    stack.push_back(table[bucket]);
  }
  assignPlaces();
  return nullptr;
}

/// Assigns a place to each step that computes a column; later steps reuse the place after the column's last read.
void Program::assignPlaces() {
  std::vector<int32_t> lastUse(steps.size(), 0), unused;
  for (size_t i = 0; i < steps.size(); ++i)
    for (int k = 0; k < steps[i].arity; ++k)
      lastUse[static_cast<size_t>(steps[i].operands[k])] = static_cast<int32_t>(i);
  places = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    Step& step = steps[i];
    if (step.arity == 0) continue;
    for (int k = 0; k < step.arity; ++k) {
      const auto operand = static_cast<size_t>(step.operands[k]);
      if (steps[operand].place < 0 || lastUse[operand] != static_cast<int32_t>(i)) continue;
      if (k > 0 && std::find(step.operands, step.operands + k, step.operands[k]) != step.operands + k) continue;
      unused.push_back(steps[operand].place);
    }
    if (unused.empty()) unused.push_back(places++);
    step.place = unused.back();
    unused.pop_back();
  }
}

}  // namespace halolaw::expression
