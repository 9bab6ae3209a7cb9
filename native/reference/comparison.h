// Collects how far the kernels are from the plain reference.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/span.h"

namespace halolaw::reference {

/// The largest difference of each kernel, as a share of a scale that the caller knows: the size of the terms of a sum,
/// or a unit in the last place. Infinite where exactly one of the two is not a number.
class Comparison {
 public:
  void add(const std::string& kernel, double fast, double plain, double scale) {
    double& worst = worst_[kernel];
    if (fast == plain || (std::isnan(fast) && std::isnan(plain))) return;
    const double difference = std::fabs(fast - plain) / scale;
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  /// For results that are either right or wrong.
  void check(const std::string& kernel, bool isRight) { add(kernel, isRight ? 0 : INFINITY, 0, 1); }

  const std::map<std::string, double>& worst() const { return worst_; }

 private:
  std::map<std::string, double> worst_;
};

/// Random inputs, the same on every machine.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}

  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  size_t below(size_t count) { return static_cast<size_t>(engine_() % count); }
  template <class T>
  std::vector<T> column(size_t count, double low, double high) {
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(uniform(low, high));
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

/// Each compares the kernels of the active instruction set with plain loops.
void compareGrid(Comparison& result);
void comparePairColumns(Comparison& result);
void compareExpressions(Comparison& result);
void compareFits(Comparison& result);
void compareRows(Comparison& result);
void compareNetworks(Comparison& result);

}  // namespace halolaw::reference
