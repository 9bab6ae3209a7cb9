// The overdensity graph network (Cranmer et al. 2020) fused into one pass: gather -> edge function -> sum over
// neighbours -> node function -> loss -> backward pass, for a few receivers at a time, whose edges stay in cache. The
// cell grid computes the edges every time; nothing of the size of all edges is stored.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/aligned.h"
#include "grid/cell_grid.h"
#include "network/products.h"

namespace halolaw::network {

using grid::CellGrid;
using grid::NeighbourBuffer;

/// Standardised inputs of all halos, and the description of a pair's inputs. Borrowed: the owner keeps them alive.
struct NetworkData {
  std::shared_ptr<const CellGrid> grid;
  uint32_t halos = 0;
  Span<const float> receiverTable;  // [halos x receiverInputs]
  Span<const float> senderTable;    // [halos x senderInputs]
  Span<const float> nodeTable;      // [halos x nodeInputs]
  kernels::HaloVelocities velocities;
  size_t senderInputs = 0;
  std::vector<PairKind> kinds;
  std::vector<float> mean, inverseScale;
  float meanDegree = 1;  // sums of messages are divided by it
};

struct NetworkLoss {
  bool huber = false;
  float delta = 1;  // Huber's, in standardised units of the target
};

/// Everything besides weights and batch that the loss of one step depends on.
struct StepLoss {
  /// Weight of the mean over edges of |message|_1, or of a variational message's divergence from N(0, 1)
  float penalty = 0;
  /// Of the noise on variational messages
  uint32_t seed = 0, step = 0;
};

/// Weights in use: padded, and transposed for the backward pass.
struct NetworkWeights {
  Span<const float> padded;
  Span<const float> transposed;
};

/// Pairs that need not be neighbours. All columns have one length.
struct PairList {
  Span<const uint32_t> receiver;
  kernels::NeighbourColumns pairs;

  size_t size() const { return receiver.size(); }
  PairList part(size_t begin, size_t count) const { return {receiver.part(begin, count), pairs.part(begin, count)}; }
};

/// The batch that a share of receivers belongs to.
struct NetworkBatch {
  Span<const float> target;  // by halo, standardised
  size_t receivers, edges;   // of the whole batch
  StepLoss step;
};

/// Most receivers of a block.
constexpr size_t kBlockReceivers = 64;

/// `count` rows of a matrix from `first` on.
inline Rows<float> rowsOf(Floats& matrix, size_t row, size_t count, size_t first = 0) {
  return {Span<float>(matrix).from(first * row), row, count};
}

/// Grows a matrix of rows, including the kernels' slack. It never shrinks, so steps after the first allocate nothing.
inline void makeRoom(Floats& matrix, size_t rows, size_t row) {
  const size_t size = (rows + kRowSlack) * row + kGroup;
  if (matrix.size() < size) matrix.resize(size + size / 8);
}

/// Memory of one thread, reused from block to block.
class BlockScratch {
 public:
  NeighbourBuffer neighbours;
  std::vector<size_t> start;  // first row of each receiver of the block, and the end
  Floats inputs, receiverStart;
  std::vector<Floats> active, slope;  // of each hidden layer of the edge function
  Floats messages, drawn, gradientA, gradientB;
  std::vector<uint32_t> senders;  // of the block's edges, where messages are drawn
  Floats sums, messageSums, nodeInputs, output, outputGradient;
  std::vector<Floats> nodeActive, nodeSlope;
  Floats nodeGradientA, nodeGradientB, messageGradient, sumGradient, receiverGradient, receiverRows;
};

class GraphNetwork {
 public:
  GraphNetwork(const NetworkShape& shape, NetworkData data, const NetworkLoss& loss);

  const NetworkLayout& layout() const { return layout_; }
  const NetworkShape& shape() const { return shape_; }
  const NetworkData& data() const { return data_; }
  const NetworkLoss& loss() const { return loss_; }

  /// Loss and gradient of some receivers' share of a batch.
  struct Share {
    double loss = 0;     // sum over receivers of the error's loss
    double penalty = 0;  // sum over edges of |message|_1, or of the divergence
    size_t edges = 0;
  };
  /// Adds to `gradient` (padded).
  Share learn(Span<const uint32_t> receivers, const NetworkBatch& batch, const NetworkWeights& weights,
              Span<float> gradient, BlockScratch& work) const;

  /// Predictions in standardised units, one per receiver.
  void predict(Span<const uint32_t> receivers, const NetworkWeights& weights, Span<float> out,
               BlockScratch& work) const;
  /// Sums of messages over neighbours, [receivers x messageWidth].
  void aggregate(Span<const uint32_t> receivers, const NetworkWeights& weights, Span<float> out,
                 BlockScratch& work) const;
  /// Messages of given pairs, [pairs x messageWidth].
  void messages(const PairList& pairs, const NetworkWeights& weights, Span<float> out, BlockScratch& work) const;
  /// Sums over edges of each message component, of its square, and where messages are variational of its divergence
  /// from N(0, 1).
  struct MessageMoments {
    std::vector<double> sum, squares, divergence;
    size_t edges = 0;
  };
  MessageMoments messageMoments(Span<const uint32_t> receivers, const NetworkWeights& weights,
                                BlockScratch& work) const;
  /// Edge inputs of given pairs as the network sees them, [pairs x edgeInputs].
  void edgeInputs(const PairList& pairs, Span<float> out) const;

 private:
  /// Where the edge function's last, linear layer is applied: once per receiver after the sum; once per edge if single
  /// messages are requested or penalised; or once per edge with noise drawn around the result.
  enum class LastLayer { afterSum, perEdge, drawn };

  /// The first receivers of a list that make up a block, and their edges.
  struct Block {
    size_t receivers, edges;
  };

  void resizeEdges(BlockScratch& work, size_t rows) const;
  Block gather(Span<const uint32_t> receivers, BlockScratch& work) const;
  void edgeForward(Block block, const NetworkWeights& weights, LastLayer lastLayer, BlockScratch& work) const;
  void drawMessages(Span<const uint32_t> receivers, const StepLoss& step, BlockScratch& work) const;
  void sumMessages(size_t receivers, const NetworkWeights& weights, LastLayer lastLayer, BlockScratch& work) const;
  void nodeForward(Span<const uint32_t> receivers, const NetworkWeights& weights, BlockScratch& work) const;
  void nodeBackward(size_t count, const NetworkWeights& weights, Span<float> gradient, BlockScratch& work) const;
  double edgeBackward(Block block, float weight, LastLayer lastLayer, const NetworkWeights& weights,
                      Span<float> gradient, BlockScratch& work) const;
  kernels::PairInputs pairInputs(uint32_t receiver, const kernels::NeighbourColumns& pairs, Span<float> out) const;

  size_t edgeWidth(size_t layer) const { return paddedWidth(shape_.edgeHidden[layer]); }
  size_t edgeRow(size_t layer) const { return rowLength(edgeWidth(layer)); }
  size_t nodeRow(size_t layer) const { return rowLength(paddedWidth(shape_.nodeHidden[layer])); }
  size_t messageWidth() const { return paddedWidth(shape_.messageWidth); }
  size_t messageRow() const { return rowLength(paddedWidth(shape_.messageOutputs())); }
  size_t nodeInputWidth() const { return paddedWidth(shape_.messageWidth + shape_.nodeInputs); }

  const kernels::GraphNetworkKernels& kernels_;
  NetworkShape shape_;
  NetworkLayout layout_;
  LayerProducts products_;
  NetworkData data_;
  NetworkLoss loss_;
  Finish activation_, derivative_;
  size_t blockRows_;  // edges processed at once, unless one receiver has more
};

}  // namespace halolaw::network
