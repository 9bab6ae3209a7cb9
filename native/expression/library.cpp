#include "expression/library.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "expression/invert.h"
#include "kernels/expression_library.h"

namespace halolaw::expression {

namespace {

constexpr int kMaxRows = 256;
constexpr int kShifted = 1500;   // entries also stored as entry + 1 and entry - 1, for powers
constexpr int kCandidates = 32;  // candidates for each requested answer
constexpr int kPaired = 640;     // all pairs of these entries are tried

double dot(const double* a, const double* b, int rows) {
  double sum = 0;
  for (int i = 0; i < rows; ++i) sum += a[i] * b[i];
  return sum;
}

/// Equal for columns that agree to about five digits; `unit` has unit length.
uint64_t hashOf(const std::vector<double>& unit) {
  double one = 0, two = 0, sign = 0;
  for (size_t i = 0; i < unit.size(); ++i) {
    if (sign == 0 && std::fabs(unit[i]) > 1e-3) sign = unit[i] > 0 ? 1 : -1;
    one += unit[i] * std::sin(1.0 + 3.7 * static_cast<double>(i));
    two += unit[i] * std::cos(2.0 + 1.3 * static_cast<double>(i));
  }
  const auto a = static_cast<int32_t>(std::lround(sign * one * 1e5)),
             b = static_cast<int32_t>(std::lround(sign * two * 1e5));
  return (static_cast<uint64_t>(static_cast<uint32_t>(a)) << 32) | static_cast<uint32_t>(b);
}

bool insertNew(std::vector<uint64_t>& sorted, uint64_t key) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), key);
  if (at != sorted.end() && *at == key) return false;
  sorted.insert(at, key);
  return true;
}

}  // namespace

Library::Library(const FitTable& data) : data_(data) {
  rows_ = std::min(kMaxRows, data.rows) / 16 * 16;
  if (rows_ == 0) return;
  std::vector<std::vector<double>> logs = {std::vector<double>(static_cast<size_t>(rows_), 1.0)};
  for (size_t v = 0; v < data_.full.columns.size(); ++v) {
    std::vector<double> log(static_cast<size_t>(rows_));
    bool finite = true;
    for (size_t i = 0; i < log.size(); ++i) {
      log[i] = std::log(std::fabs(data_.full.columns[v][i]));
      finite = finite && std::isfinite(log[i]);
    }
    if (!finite) continue;
    powerVariables_.push_back(static_cast<int>(v));
    logs.push_back(log);
  }
  // Gram-Schmidt; a variable whose logarithm the others explain is left out
  size_t independent = 0;
  for (size_t k = 0; k < logs.size(); ++k) {
    std::vector<double> rest = logs[k], row(logs.size(), 0.0);
    const double before = std::sqrt(dot(rest.data(), rest.data(), rows_));
    for (int pass = 0; pass < 2; ++pass)
      for (size_t j = 0; j < basis_.size(); ++j) {
        const double c = dot(basis_[j].data(), rest.data(), rows_);
        row[j] += c;
        for (size_t i = 0; i < rest.size(); ++i) rest[i] -= c * basis_[j][i];
      }
    const double length = std::sqrt(dot(rest.data(), rest.data(), rows_));
    if (!(length > 1e-6 * before) || before == 0) {
      if (k > 0) powerVariables_.erase(powerVariables_.begin() + static_cast<long>(independent - 1));
      continue;
    }
    row[basis_.size()] = length;
    for (double& v : rest) v /= length;
    basis_.push_back(rest);
    triangle_.push_back(row);
    ++independent;
  }
}

void Library::project(std::vector<double>& values) const {
  for (int pass = 0; pass < 2; ++pass)
    for (const auto& b : basis_) {
      const double c = dot(b.data(), values.data(), rows_);
      for (size_t i = 0; i < values.size(); ++i) values[i] -= c * b[i];
    }
}

bool Library::add(const Program& program) {
  if (rows_ == 0) return false;
  const size_t n = static_cast<size_t>(rows_);
  std::vector<double> values(n), unit(n);
  evaluateBlock<double>(program, data_.full.columns, program.constants, values, scratch_);
  double mean = 0, most = 0;
  for (double v : values) {
    if (!std::isfinite(v) || std::fabs(v) > 1e8) return false;
    mean += v / rows_;
    most = std::max(most, std::fabs(v));
  }
  for (size_t i = 0; i < n; ++i) unit[i] = values[i] - mean;
  const double length = std::sqrt(dot(unit.data(), unit.data(), rows_));
  if (!(length > 1e-6 * most * std::sqrt(rows_))) return false;
  for (double& v : unit) v /= length;
  if (!insertNew(seen_, hashOf(unit))) return false;
  exact_.insert(exact_.end(), values.begin(), values.end());
  linear_.add(unit, firstRows());

  for (int shift : {0, -1, 1}) {
    if (shift != 0 && count_ >= kShifted) break;
    std::vector<double> log(n);
    bool finite = true;
    for (size_t i = 0; i < n; ++i) {
      log[i] = std::log(std::fabs(values[i] + shift));
      finite = finite && std::isfinite(log[i]);
    }
    if (!finite) continue;
    project(log);
    const double rest = std::sqrt(dot(log.data(), log.data(), rows_));
    if (!(rest > 1e-4)) continue;
    for (double& v : log) v /= rest;
    if (!insertNew(seenLogs_, hashOf(log))) continue;
    logs_.add(log, firstRows());
    logEntries_.push_back({count_, shift});
  }
  ++count_;
  return true;
}

void Library::Shelf::add(const std::vector<double>& column, int first) {
  for (double v : column) columns.push_back(static_cast<float>(v));
  starts.insert(starts.end(), columns.end() - static_cast<long>(column.size()),
                columns.end() - static_cast<long>(column.size()) + first);
}

void Library::correlate(const Shelf& library, int count, const std::vector<double>& target,
                        const std::vector<double>& weight, int top, std::vector<std::pair<float, int>>& best) {
  best.clear();
  const size_t n = static_cast<size_t>(rows_);
  // centred first, because the sums are in float
  double sw = 0, mean = 0, spread = 0;
  for (size_t i = 0; i < n; ++i) {
    sw += weight[i];
    mean += weight[i] * target[i];
  }
  mean /= sw;
  for (size_t i = 0; i < n; ++i) spread += weight[i] * (target[i] - mean) * (target[i] - mean);
  if (!(spread > 0)) return;
  const double unit = std::sqrt(spread / sw);
  std::vector<float> w(n), wd(n);
  for (size_t i = 0; i < n; ++i) {
    const double wi = weight[i] / sw * rows_;
    w[i] = static_cast<float>(wi);
    wd[i] = static_cast<float>(wi * (target[i] - mean) / unit);
  }
  const auto sumsOf = [&](int rows) {
    double exact[3] = {0, 0, 0};
    for (size_t i = 0; i < static_cast<size_t>(rows); ++i) {
      const double d = (target[i] - mean) / unit, wi = weight[i] / sw * rows_;
      exact[0] += wi;
      exact[1] += wi * d;
      exact[2] += wi * d * d;
    }
    return std::array<float, 3>{static_cast<float>(exact[0]), static_cast<float>(exact[1]),
                                static_cast<float>(exact[2])};
  };
  const auto isBetter = [](const auto& a, const auto& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  };
  const std::array<float, 3> sums = sumsOf(rows_), firstSums = sumsOf(firstRows());
  scores_.resize(static_cast<size_t>(count));
  const auto firstOf = [&](const std::vector<float>& values) {
    return Span<const float>(values).part(0, static_cast<size_t>(firstRows()));
  };
  kernels::libraryKernels().correlate(library.starts, firstOf(w), firstOf(wd), firstSums, scores_);
  for (int k = 0; k < count; ++k)
    if (scores_[static_cast<size_t>(k)] > 1e-3f) best.emplace_back(scores_[static_cast<size_t>(k)], k);
  const auto candidates = std::min(best.size(), static_cast<size_t>(kCandidates * top));
  std::partial_sort(best.begin(), best.begin() + static_cast<long>(candidates), best.end(), isBetter);
  best.resize(candidates);
  for (auto& [score, k] : best)
    kernels::libraryKernels().correlate(Span<const float>(library.columns).part(n * static_cast<size_t>(k), n), w, wd,
                                        sums, {&score, 1});
  std::sort(best.begin(), best.end(), isBetter);
  while (!best.empty() && (best.size() > static_cast<size_t>(top) || !(best.back().first > 1e-3f))) best.pop_back();
}

void Library::prepareGrams() {
  const auto gramOf = [&](const std::vector<float>& library, int count) {
    const int n = std::min(kPaired, count);
    std::vector<double> gram(static_cast<size_t>(n) * static_cast<size_t>(n));
    for (int i = 0; i < n; ++i)
      for (int j = 0; j <= i; ++j) {
        double sum = 0;
        const float *a = library.data() + static_cast<long>(i) * rows_,
                    *b = library.data() + static_cast<long>(j) * rows_;
        for (int k = 0; k < rows_; ++k) sum += static_cast<double>(a[k]) * b[k];
        gram[static_cast<size_t>(i * n + j)] = gram[static_cast<size_t>(j * n + i)] = sum;
      }
    return gram;
  };
  if (gram_.empty()) gram_ = gramOf(linear_.columns, count_);
  if (logGram_.empty()) logGram_ = gramOf(logs_.columns, static_cast<int>(logEntries_.size()));
}

std::vector<std::pair<int, int>> Library::bestPairs(const std::vector<float>& library, const std::vector<double>& gram,
                                                    int count, const std::vector<double>& target, int top) const {
  const int n = std::min(kPaired, count);
  std::vector<double> c(static_cast<size_t>(n));
  kernels::libraryKernels().dots(library, target, c);
  std::vector<std::pair<double, std::pair<int, int>>> best;
  double least = 0;
  for (int i = 0; i < n; ++i) {
    const double ci = c[static_cast<size_t>(i)], *row = gram.data() + static_cast<long>(i) * n;
    if (!kernels::libraryKernels().anyPairAbove({row, static_cast<size_t>(i)}, c, ci, least)) continue;
    for (int j = 0; j < i; ++j) {
      const double cj = c[static_cast<size_t>(j)], free = 1 - row[j] * row[j];
      if (free < 1e-6) continue;
      const double explained = (ci * ci + cj * cj - 2 * ci * cj * row[j]) / free;
      if (explained <= least) continue;
      best.push_back({explained, {i, j}});
      if (best.size() > static_cast<size_t>(4 * top)) {
        std::sort(best.begin(), best.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        best.resize(static_cast<size_t>(top));
        least = best.back().first;
      }
    }
  }
  std::sort(best.begin(), best.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::pair<int, int>> pairs;
  for (size_t k = 0; k < best.size() && k < static_cast<size_t>(top); ++k) pairs.push_back(best[k].second);
  return pairs;
}

Matches Library::match(const NodeInContext& at, int top, FitScratch& scratch) {
  Matches matches;
  NodeTarget aim;
  const std::vector<double>&target = aim.values, &weight = aim.weights;
  if (rows_ == 0 || !nodeTargetAt(at, data_, static_cast<size_t>(rows_), aim, scratch.evaluation)) return matches;
  matches.isSolvable = true;
  const size_t n = static_cast<size_t>(rows_);
  std::vector<std::pair<float, int>> best;
  const auto line = [&](int entry, const std::vector<double>& want, float score) {
    const double* e = exact_.data() + n * static_cast<size_t>(entry);
    double w = 0, we = 0, wd = 0, ee = 0, ed = 0;
    for (size_t i = 0; i < n; ++i) w += weight[i], we += weight[i] * e[i], wd += weight[i] * want[i];
    for (size_t i = 0; i < n; ++i) {
      ee += weight[i] * (e[i] - we / w) * (e[i] - we / w);
      ed += weight[i] * (e[i] - we / w) * (want[i] - wd / w);
    }
    const double slope = ed / ee;
    return LinearMatch{entry, score, slope, wd / w - slope * we / w};
  };
  correlate(linear_, count_, target, weight, top, best);
  for (const auto& [score, entry] : best) matches.linear.push_back(line(entry, target, score));
  const bool everywhere = std::all_of(weight.begin(), weight.end(), [](double w) { return w > 0; });
  if (everywhere && (matches.linear.empty() || matches.linear[0].score < 0.9999999)) {
    prepareGrams();
    std::vector<double> centred = target;
    double mean = 0;
    for (double v : target) mean += v / rows_;
    for (double& v : centred) v -= mean;
    for (const auto& [i, j] : bestPairs(linear_.columns, gram_, count_, centred, top)) {
      // two normal equations, solved one entry after the other
      const double *a = exact_.data() + n * static_cast<size_t>(i), *b = exact_.data() + n * static_cast<size_t>(j);
      double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0, ad = 0, bd = 0;
      for (size_t k = 0; k < n; ++k) ma += a[k] / rows_, mb += b[k] / rows_;
      for (size_t k = 0; k < n; ++k) {
        const double x = a[k] - ma, y = b[k] - mb;
        aa += x * x, bb += y * y, ab += x * y, ad += x * centred[k], bd += y * centred[k];
      }
      const double free = aa * bb - ab * ab;
      const double first = (ad * bb - bd * ab) / free, second = (bd * aa - ad * ab) / free;
      matches.pairs.push_back({{i, 0, first, mean - first * ma - second * mb}, {j, 0, second, 0}});
    }
  }

  if (basis_.empty()) return matches;
  std::vector<double> log(n);
  int positive = 0;
  for (size_t i = 0; i < n; ++i) {
    log[i] = std::log(std::fabs(target[i]));
    if (!std::isfinite(log[i]) || weight[i] == 0) return matches;
    positive += target[i] > 0;
  }
  const double sign = 2 * positive >= rows_ ? 1 : -1;
  std::vector<double> rest = log;
  project(rest);
  double mean = 0, spread = 0;
  for (double v : log) mean += v / rows_;
  for (double v : log) spread += (v - mean) * (v - mean);
  const double left = dot(rest.data(), rest.data(), rows_);
  using Base = std::pair<int, int>;  // entry and shift
  const auto logOf = [&](Base base) {
    std::vector<double> logs(n);
    for (size_t i = 0; i < n; ++i)
      logs[i] = std::log(std::fabs(exact_[n * static_cast<size_t>(base.first) + i] + base.second));
    return logs;
  };
  const Base none = {-1, 0};
  const auto signOf = [&](Base base) {
    if (base.first < 0) return 1;
    const double* e = exact_.data() + n * static_cast<size_t>(base.first);
    return std::all_of(e, e + n, [&](double v) { return v + base.second < 0; }) ? -1 : 1;
  };
  const auto power = [&](Base entry, double q, Base other, double otherPower, double score) {
    std::vector<double> remaining = log;
    for (const auto& [base, exponent] : {std::pair<Base, double>{entry, q}, {other, otherPower}}) {
      if (base.first < 0) continue;
      const std::vector<double> logs = logOf(base);
      for (size_t i = 0; i < n; ++i) remaining[i] -= exponent * logs[i];
    }
    const size_t m = basis_.size();
    std::vector<double> c(m);
    for (size_t j = 0; j < m; ++j) c[j] = dot(basis_[j].data(), remaining.data(), rows_);
    for (size_t j = m; j-- > 0;) {
      for (size_t k = j + 1; k < m; ++k) c[j] -= triangle_[k][j] * c[k];
      c[j] /= triangle_[j][j];
    }
    PowerMatch match{entry.first,
                     score,
                     sign * std::exp(c[0]),
                     q,
                     entry.second,
                     signOf(entry),
                     other.first,
                     otherPower,
                     other.second,
                     signOf(other),
                     std::vector<double>(data_.full.columns.size(), 0.0)};
    for (size_t j = 1; j < m; ++j) match.exponents[static_cast<size_t>(powerVariables_[j - 1])] = c[j];
    matches.powers.push_back(match);
  };
  if (!(spread > 1e-20)) return matches;
  power(none, 0, none, 0, 1 - left / spread);
  if (left < 1e-12 * spread) return matches;
  const std::vector<double> even(n, 1.0);
  correlate(logs_, static_cast<int>(logEntries_.size()), rest, even, top, best);
  for (const auto& [score, k] : best) {
    std::vector<double> logs = logOf(logEntries_[static_cast<size_t>(k)]);
    project(logs);
    power(logEntries_[static_cast<size_t>(k)],
          dot(logs.data(), rest.data(), rows_) / dot(logs.data(), logs.data(), rows_), none, 0,
          1 - left * (1 - score) / spread);
  }
  if (!best.empty() && best[0].first > 0.9999999f) return matches;
  prepareGrams();
  for (const auto& [k, l] : bestPairs(logs_.columns, logGram_, static_cast<int>(logEntries_.size()), rest, 1)) {
    const Base first = logEntries_[static_cast<size_t>(k)], second = logEntries_[static_cast<size_t>(l)];
    std::vector<double> a = logOf(first), b = logOf(second);
    project(a);
    project(b);
    const double aa = dot(a.data(), a.data(), rows_), bb = dot(b.data(), b.data(), rows_),
                 ab = dot(a.data(), b.data(), rows_);
    const double ad = dot(a.data(), rest.data(), rows_), bd = dot(b.data(), rest.data(), rows_),
                 free = aa * bb - ab * ab;
    power(first, (ad * bb - bd * ab) / free, second, (bd * aa - ad * ab) / free, 1);
  }
  return matches;
}

}  // namespace halolaw::expression
