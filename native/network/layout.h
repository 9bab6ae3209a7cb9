// The layout of the graph network's weights. Outside: plain row-major matrices in sequence (in the order of
// src-main/gnn/network/parameters.ts). Inside: zero-padded panels that the kernels read in sequence, plus a transposed
// copy for the backward pass.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/graph_network.h"

namespace halolaw::network {

using kernels::Finish;
using kernels::kGroup;
using kernels::kPanelGroups;
using kernels::kRowSlack;
using kernels::PairKind;

/// Sizes and switches of a graph network. Edge inputs are split: those of the receiver alone enter once per receiver.
struct NetworkShape {
  std::vector<size_t> edgeHidden, nodeHidden;  // edgeHidden holds at least one
  size_t messageWidth = 1;
  size_t receiverInputs = 0;
  size_t edgeInputs = 0;  // of the sender and of the pair
  size_t nodeInputs = 0;  // beside the sums
  bool silu = false;
  bool linearSkip = false;
  bool variational = false;  // the edge function gives each component's mean and, after all means, its log-variance

  size_t messageOutputs() const { return variational ? 2 * messageWidth : messageWidth; }
};

/// Memory layout of rows of `columns` floats. Wide rows take an odd number of cache lines, because a column would
/// otherwise fall on few sets of the cache.
inline size_t paddedWidth(size_t columns) { return (columns + kGroup - 1) / kGroup * kGroup; }
inline size_t rowLength(size_t width) { return width >= 128 ? width + kGroup : width; }

/// One matrix [inputs x outputs] in panels of up to 64 columns, with or without a bias.
struct DenseLayer {
  size_t inputs = 0, outputs = 0;
  size_t width = 0;    // outputs, padded
  size_t weights = 0;  // offset into the weights
  size_t bias = 0;     // offset, `width` floats
  bool hasBias = false;
  size_t transposed = 0;  // offset into the transposed weights, [outputs x inputs] in panels

  size_t weightCount() const { return inputs * width; }
  /// Position of weight (input, output) from the layer's first.
  static size_t at(size_t inputs, size_t width, size_t input, size_t output);
};

class NetworkLayout {
 public:
  explicit NetworkLayout(const NetworkShape& shape);

  DenseLayer receiver;             // receiver inputs -> first hidden layer, with its bias
  DenseLayer edge;                 // edge inputs -> first hidden layer
  std::vector<DenseLayer> hidden;  // the other hidden layers of the edge function
  DenseLayer message;              // last layer of the edge function
  std::vector<DenseLayer> node;    // node function, its output layer last
  DenseLayer skip;                 // linear path; 0 inputs if there is none

  size_t size() const { return size_; }
  size_t transposedSize() const { return transposedSize_; }
  /// Number of weights and biases without padding.
  size_t plainSize() const;
  const std::vector<const DenseLayer*>& layers() const { return layers_; }

  void fromPlain(Span<const float> plain, Span<float> padded) const;
  void toPlain(Span<const float> padded, Span<float> plain) const;
  void transpose(const DenseLayer& layer, Span<const float> padded, Span<float> transposed) const;

  NetworkLayout(const NetworkLayout&) = delete;
  NetworkLayout& operator=(const NetworkLayout&) = delete;

 private:
  enum class Bias { none, present };

  DenseLayer place(size_t inputs, size_t outputs, Bias bias);

  size_t size_ = 0, transposedSize_ = 0;
  std::vector<const DenseLayer*> layers_;
};

}  // namespace halolaw::network
