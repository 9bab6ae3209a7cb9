// The overdensity graph network (Cranmer et al. 2020) fused into one pass: gather -> edge function -> sum over neighbours ->
// node function -> loss -> the whole way back, for a few receivers at a time, whose edges stay in cache. Edges are found
// again by the cell grid every time; nothing of the size of all edges is ever stored.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "aligned.h"
#include "cell_grid.h"
#include "graph_network_products.h"

namespace halolaw {

/// Standardised inputs of all halos, and how the inputs of a pair are made. Borrowed: the owner keeps them alive.
struct NetworkData {
  std::shared_ptr<const CellGrid> grid;
  uint32_t halos = 0;
  const float* receiverTable = nullptr;                      // [halos x receiverInputs]
  const float* senderTable = nullptr;                        // [halos x senderInputs]
  const float* nodeTable = nullptr;                          // [halos x nodeInputs]
  const float *vx = nullptr, *vy = nullptr, *vz = nullptr;   // 1000 km/s
  size_t senderInputs = 0;
  std::vector<PairKind> kinds;
  std::vector<float> mean, inverseScale;
  float meanDegree = 1;  // sums of messages are divided by it
};

struct NetworkLoss {
  bool huber = false;
  float delta = 1;  // Huber's, in standardised units of the target
};

/// What the loss of one step depends on beside weights and batch.
struct StepLoss {
  /// Weight of the mean over edges of |message|_1, or of a variational message's divergence from N(0, 1)
  float penalty = 0;
  /// Of the noise on variational messages
  uint32_t seed = 0, step = 0;
};

/// Weights in use: padded, and transposed for the way back.
struct NetworkWeights {
  const float* padded;
  const float* transposed;
};

/// Pairs that need not be neighbours.
struct PairList {
  const uint32_t *receiver, *sender;
  const float *dx, *dy, *dz, *r;
};

/// Receivers that make up a block at most.
constexpr size_t kBlockReceivers = 64;

/// Grows a matrix of rows, kernels' slack included; never shrinks, so that steps after the first allocate nothing.
inline void makeRoom(Floats& matrix, size_t rows, size_t row) {
  const size_t wanted = (rows + kRowSlack) * row + kGroup;
  if (matrix.size() < wanted) matrix.resize(wanted + wanted / 8);
}

/// Memory of one thread, reused from block to block.
class Workspace {
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

  /// Loss and gradient of some receivers' share of a batch, added to `gradient` (padded). `target` is by halo, standardised.
  struct Share {
    double loss = 0;     // sum over receivers of the error's loss
    double penalty = 0;  // sum over edges of |message|_1, or of the divergence
    size_t edges = 0;
  };
  Share learn(const uint32_t* receivers, size_t count, const float* target, size_t batchReceivers, size_t batchEdges,
              const StepLoss& step, const NetworkWeights& weights, float* gradient, Workspace& work) const;

  /// Predictions in standardised units, one a receiver.
  void predict(const uint32_t* receivers, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const;
  /// Sums of messages over neighbours, [count x messageWidth].
  void aggregate(const uint32_t* receivers, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const;
  /// Messages of given pairs, [count x messageWidth].
  void messages(const PairList& pairs, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const;
  /// Adds every message component of these receivers' edges, its square, and where messages are variational its divergence
  /// from N(0, 1); returns the number of edges.
  size_t messageMoments(const uint32_t* receivers, size_t count, const NetworkWeights& weights, double* sum, double* squares, double* divergence,
                        Workspace& work) const;
  /// Edge inputs of given pairs as the network sees them, [count x edgeInputs].
  void edgeInputs(const PairList& pairs, size_t count, float* out) const;

 private:
  /// Where the edge function's last, linear layer is applied: once a receiver after the sum, once an edge where single
  /// messages are asked for or penalised, or once an edge with noise drawn around the result.
  enum class LastLayer { afterSum, perEdge, drawn };

  void resizeEdges(Workspace& work, size_t rows) const;
  size_t gather(const uint32_t* receivers, size_t count, size_t& taken, Workspace& work) const;
  void edgeForward(size_t rows, size_t receivers, const NetworkWeights& weights, LastLayer lastLayer, Workspace& work) const;
  void drawMessages(const uint32_t* receivers, size_t count, const StepLoss& step, Workspace& work) const;
  void sumMessages(size_t receivers, const NetworkWeights& weights, LastLayer lastLayer, Workspace& work) const;
  void nodeForward(const uint32_t* receivers, size_t count, const NetworkWeights& weights, Workspace& work) const;
  void nodeBackward(size_t count, const NetworkWeights& weights, float* gradient, Workspace& work) const;
  double edgeBackward(size_t rows, size_t count, float weight, LastLayer lastLayer, const NetworkWeights& weights, float* gradient,
                      Workspace& work) const;

  size_t edgeWidth(size_t layer) const { return paddedWidth(shape_.edgeHidden[layer]); }
  size_t edgeRow(size_t layer) const { return rowLength(edgeWidth(layer)); }
  size_t nodeRow(size_t layer) const { return rowLength(paddedWidth(shape_.nodeHidden[layer])); }
  size_t messageWidth() const { return paddedWidth(shape_.messageWidth); }
  size_t messageRow() const { return rowLength(paddedWidth(shape_.messageOutputs())); }
  size_t nodeInputWidth() const { return paddedWidth(shape_.messageWidth + shape_.nodeInputs); }

  const GraphNetworkKernels& kernels_;
  NetworkShape shape_;
  NetworkLayout layout_;
  LayerProducts products_;
  NetworkData data_;
  NetworkLoss loss_;
  Finish activation_, derivative_;
  size_t blockRows_;  // edges that are worked on at once, unless one receiver has more
};

}  // namespace halolaw
