// A library of many small formulas that finds entries for a place in a formula. It inverts the formula around the
// place, and compares the values that it needs there with every entry, as a * entry + b and as c * x1^p1 ... xn^pn *
// |entry + shift|^q; all pairs of the smallest entries are tried as well. (Semantic backpropagation: Pawlak, Wieloch
// and Krawiec 2015; the power law form takes logarithms and removes what powers of the variables explain from both
// sides beforehand.)
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "expression/fit.h"
#include "expression/invert.h"

namespace halolaw::expression {

struct LinearMatch {
  int entry;
  double score, slope, intercept;
};

struct PowerMatch {
  int entry;  // -1: powers of the variables alone
  double score, coefficient, power;
  int shift;  // the power is of |entry + shift|: shift is -1, 0 or 1
  int sign;   // -1 where entry + shift is negative in every row
  int other;  // a second entry or -1
  double otherPower;
  int otherShift, otherSign;
  std::vector<double> exponents;  // one per variable
};

struct Matches {
  bool isSolvable = false;  // false: too few rows determine the values that this place needs
  std::vector<LinearMatch> linear;
  std::vector<std::pair<LinearMatch, LinearMatch>> pairs;  // sums of two entries; the first carries the intercept
  std::vector<PowerMatch> powers;
};

class Library {
 public:
  /// Takes the first rows (at most 256) of the table.
  explicit Library(const FitTable& data);

  /// Adds a formula unless it is not finite, constant, or the scaled and shifted copy of an earlier one. Returns
  /// whether it was added.
  bool add(const Program& program);
  int size() const { return count_; }

  /// Entries that fit at a node; `top` answers of each kind.
  Matches match(const NodeInContext& at, int top, FitScratch& scratch);

 private:
  /// Columns of one length, plus a second copy of each column's first rows, side by side: the copy fits in cache even
  /// if the columns do not.
  struct Shelf {
    std::vector<float> columns, starts;
    void add(const std::vector<double>& column, int first);
  };

  void correlate(const Shelf& library, int count, const std::vector<double>& target, const std::vector<double>& weight,
                 int top, std::vector<std::pair<float, int>>& best);
  /// The pair of the first columns that explains the target best, by the columns' Gram matrix.
  std::vector<std::pair<int, int>> bestPairs(const std::vector<float>& library, const std::vector<double>& gram,
                                             int count, const std::vector<double>& target, int top) const;
  void prepareGrams();
  /// Entries that agree best with the target in this many rows are compared in all rows.
  int firstRows() const { return rows_ < 64 ? rows_ : 64; }
  void project(std::vector<double>& values) const;

  FitTable data_;
  int rows_ = 0, count_ = 0;
  std::vector<double> exact_;                    // unchanged entries
  Shelf linear_;                                 // centred, unit length
  Shelf logs_;                                   // logarithms without what powers of variables explain
  std::vector<std::pair<int, int>> logEntries_;  // entry and shift
  std::vector<uint64_t> seen_, seenLogs_;        // sorted hashes
  std::vector<int> powerVariables_;              // variables without zeros
  std::vector<std::vector<double>> basis_;       // orthonormal: 1, log|x|...
  std::vector<std::vector<double>> triangle_;    // logs = basis * triangle
  std::vector<double> gram_, logGram_;           // of the first columns of linear_ and logs_; made at the first match
  std::vector<float> scores_;
  Scratch scratch_;
};

}  // namespace halolaw::expression
