#include "graph_network.h"

#include <algorithm>
#include <cmath>

namespace halolaw {

namespace {

constexpr size_t kPanel = kPanelGroups * kGroup;
constexpr size_t kBlockBytes = 400 << 10;   // activations of a block: most of a second-level cache
constexpr size_t kDepthAtOnce = 128;        // a panel of so many rows stays in the first-level cache
constexpr size_t kRowsAtOnce = 64;          // rows of a weight gradient's sum that stay there

}  // namespace

GraphNetwork::GraphNetwork(const NetworkShape& shape, NetworkData data, const NetworkLoss& loss)
    : kernels_(graphNetworkKernels()),
      shape_(shape),
      layout_(shape),
      data_(std::move(data)),
      loss_(loss),
      activation_(shape.silu ? Finish::silu : Finish::relu),
      derivative_(shape.silu ? Finish::timesSlope : Finish::whereActive) {
  size_t widest = messageWidth(), total = shape_.edgeInputs;
  for (size_t l = 0; l < shape_.edgeHidden.size(); ++l) {
    widest = std::max(widest, edgeRow(l));
    total += edgeRow(l) * (shape_.silu ? 2 : 1);
  }
  blockRows_ = std::min<size_t>(1024, std::max<size_t>(64, kBlockBytes / 4 / (total + 2 * widest)));
  size_t longest = kGroup;
  for (const DenseLayer* layer : layout_.layers()) longest = std::max({longest, layer->width, paddedWidth(layer->inputs)});
  zeros_.assign(longest, 0.0f);
}

// ---- matrix products over a layer's panels ----

void GraphNetwork::forward(const DenseLayer& layer, const float* weights, const float* in, size_t inRow, size_t rows, const float* start,
                           size_t startRow, float* out, size_t outRow, Finish finish, float* slope, size_t slopeRow) const {
  for (size_t panel = 0; panel < layer.width; panel += kPanel) {
    const size_t columns = std::min(kPanel, layer.width - panel);
    size_t k = 0;
    do {
      const size_t depth = std::min(kDepthAtOnce, layer.inputs - k);
      const bool first = k == 0, last = k + depth == layer.inputs;
      kernels_.multiply({rows, depth, columns / kGroup, in + k, inRow, 1, weights + layer.weights + panel * layer.inputs + k * columns, columns,
                         first ? start + panel : out + panel, first ? startRow : outRow, out + panel, outRow, last ? finish : Finish::keep,
                         slope + panel, slopeRow});
      k += depth;
    } while (k < layer.inputs);
  }
}

void GraphNetwork::backward(const DenseLayer& layer, const float* transposed, const float* outGradient, size_t outRow, size_t rows,
                            float* inGradient, size_t inRow, Finish finish, const float* slope, size_t slopeRow) const {
  DenseLayer turned;
  turned.inputs = layer.outputs;
  turned.width = paddedWidth(layer.inputs);
  turned.weights = layer.transposed;
  forward(turned, transposed, outGradient, outRow, rows, zeros_.data(), 0, inGradient, inRow, finish, const_cast<float*>(slope), slopeRow);
}

void GraphNetwork::weightGradient(const DenseLayer& layer, const float* in, size_t inRow, const float* outGradient, size_t outRow, size_t rows,
                                  float* gradient) const {
  for (size_t row = 0; row < rows; row += kRowsAtOnce) {
    const size_t depth = std::min(kRowsAtOnce, rows - row);
    for (size_t panel = 0; panel < layer.width; panel += kPanel) {
      const size_t columns = std::min(kPanel, layer.width - panel);
      float* to = gradient + layer.weights + panel * layer.inputs;
      kernels_.multiply({layer.inputs, depth, columns / kGroup, in + row * inRow, 1, inRow, outGradient + row * outRow + panel, outRow, to, columns,
                         to, columns, Finish::keep, nullptr, 0});
    }
  }
}

void GraphNetwork::biasGradient(const DenseLayer& layer, const float* outGradient, size_t outRow, size_t rows, float* gradient) const {
  kernels_.addRows(gradient + layer.bias, outGradient, outRow, rows, layer.width);
}

// ---- a block of receivers and their edges ----

void GraphNetwork::resizeEdges(Workspace& work, size_t rows) const {
  const size_t layers = shape_.edgeHidden.size();
  work.active.resize(layers);
  work.slope.resize(layers);
  size_t widest = messageRow();
  for (size_t l = 0; l < layers; ++l) {
    makeRoom(work.active[l], rows, edgeRow(l));
    if (shape_.silu) makeRoom(work.slope[l], rows, edgeRow(l));
    widest = std::max(widest, edgeRow(l));
  }
  makeRoom(work.messages, rows, messageRow());
  makeRoom(work.gradientA, rows, widest);
  makeRoom(work.gradientB, rows, widest);
}

/// Finds the edges of as many receivers as make up a block and writes their inputs; returns the number of edges.
size_t GraphNetwork::gather(const uint32_t* receivers, size_t count, size_t& taken, Workspace& work) const {
  work.start.resize(kBlockReceivers + 1);
  work.start[0] = 0;
  size_t rows = 0;
  for (taken = 0; taken < count && taken < kBlockReceivers && (rows < blockRows_ || taken == 0); ++taken) {
    NeighbourBuffer& found = work.neighbours;
    data_.grid->neighbours(receivers[taken], found);
    if (rows > blockRows_ / 2 && rows + found.count > blockRows_ + blockRows_ / 2) break;
    makeRoom(work.inputs, rows + found.count, shape_.edgeInputs);
    kernels_.pairInputs({found.count, receivers[taken], found.index.data(), found.dx.data(), found.dy.data(), found.dz.data(), found.r.data(),
                         data_.senderTable, data_.senderInputs, data_.kinds.size(), data_.kinds.data(), data_.mean.data(),
                         data_.inverseScale.data(), data_.vx, data_.vy, data_.vz, work.inputs.data() + rows * shape_.edgeInputs,
                         shape_.edgeInputs});
    rows += found.count;
    work.start[taken + 1] = rows;
  }
  const size_t inputs = shape_.receiverInputs;
  makeRoom(work.receiverRows, taken, inputs);
  for (size_t q = 0; q < taken; ++q)
    std::copy_n(data_.receiverTable + static_cast<size_t>(receivers[q]) * inputs, inputs, work.receiverRows.data() + q * inputs);
  resizeEdges(work, rows);
  return rows;
}

/// Edge function up to its last hidden layer; to the messages where they are needed one by one.
void GraphNetwork::edgeForward(size_t rows, size_t receivers, const NetworkWeights& weights, Purpose purpose, Workspace& work) const {
  const float* w = weights.padded;
  const size_t startRow = layout_.receiver.width;
  makeRoom(work.receiverStart, receivers, startRow);
  forward(layout_.receiver, w, work.receiverRows.data(), shape_.receiverInputs, receivers, w + layout_.receiver.bias, 0, work.receiverStart.data(),
          startRow, Finish::keep, nullptr, 0);
  for (size_t q = 0; q < receivers; ++q) {
    const size_t first = work.start[q], row = edgeRow(0);
    forward(layout_.edge, w, work.inputs.data() + first * shape_.edgeInputs, shape_.edgeInputs, work.start[q + 1] - first,
            work.receiverStart.data() + q * startRow, 0, work.active[0].data() + first * row, row, activation_,
            shape_.silu ? work.slope[0].data() + first * row : nullptr, row);
  }
  for (size_t l = 1; l < shape_.edgeHidden.size(); ++l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    forward(layer, w, work.active[l - 1].data(), edgeRow(l - 1), rows, w + layer.bias, 0, work.active[l].data(), edgeRow(l), activation_,
            shape_.silu ? work.slope[l].data() : nullptr, edgeRow(l));
  }
  if (!beforeLastLayer(purpose))
    forward(layout_.message, w, work.active.back().data(), edgeRow(shape_.edgeHidden.size() - 1), rows, w + layout_.message.bias, 0,
            work.messages.data(), messageRow(), Finish::keep, nullptr, 0);
}

/// The sums over neighbours divided by the mean degree, into the node function's inputs. The edge function's last layer is
/// linear, so it may as well be applied after the sum, once a receiver instead of once an edge.
void GraphNetwork::sumMessages(size_t receivers, const NetworkWeights& weights, bool beforeLastLayer, Workspace& work) const {
  const size_t last = shape_.edgeHidden.size() - 1;
  const size_t width = beforeLastLayer ? edgeWidth(last) : messageWidth(), row = beforeLastLayer ? edgeRow(last) : messageRow();
  const float* from = beforeLastLayer ? work.active[last].data() : work.messages.data();
  makeRoom(work.sums, receivers, width);
  makeRoom(work.nodeInputs, receivers, nodeInputWidth());
  std::fill_n(work.sums.begin(), receivers * width, 0.0f);
  const float share = 1 / data_.meanDegree;
  for (size_t q = 0; q < receivers; ++q) {
    float* sum = work.sums.data() + q * width;
    kernels_.addRows(sum, from + work.start[q] * row, row, work.start[q + 1] - work.start[q], width);
    for (size_t n = 0; n < width; ++n) sum[n] *= share;
  }
  if (!beforeLastLayer) {
    for (size_t q = 0; q < receivers; ++q) std::copy_n(work.sums.data() + q * width, shape_.messageWidth, work.nodeInputs.data() + q * nodeInputWidth());
    return;
  }
  makeRoom(work.biasRows, receivers, messageWidth());
  for (size_t q = 0; q < receivers; ++q) {
    const float degree = static_cast<float>(work.start[q + 1] - work.start[q]) * share;
    for (size_t n = 0; n < messageWidth(); ++n) work.biasRows[q * messageWidth() + n] = degree * weights.padded[layout_.message.bias + n];
  }
  forward(layout_.message, weights.padded, work.sums.data(), width, receivers, work.biasRows.data(), messageWidth(), work.nodeInputs.data(),
          nodeInputWidth(), Finish::keep, nullptr, 0);
}

void GraphNetwork::nodeForward(const uint32_t* receivers, size_t count, const NetworkWeights& weights, Workspace& work) const {
  for (size_t q = 0; q < count; ++q)
    std::copy_n(data_.nodeTable + static_cast<size_t>(receivers[q]) * shape_.nodeInputs, shape_.nodeInputs,
                work.nodeInputs.data() + q * nodeInputWidth() + shape_.messageWidth);
  const size_t layers = shape_.nodeHidden.size();
  work.nodeActive.resize(layers);
  work.nodeSlope.resize(layers);
  const float* in = work.nodeInputs.data();
  size_t inRow = nodeInputWidth();
  for (size_t l = 0; l < layers; ++l) {
    const DenseLayer& layer = layout_.node[l];
    makeRoom(work.nodeActive[l], count, nodeRow(l));
    if (shape_.silu) makeRoom(work.nodeSlope[l], count, nodeRow(l));
    forward(layer, weights.padded, in, inRow, count, weights.padded + layer.bias, 0, work.nodeActive[l].data(), nodeRow(l), activation_,
            shape_.silu ? work.nodeSlope[l].data() : nullptr, nodeRow(l));
    in = work.nodeActive[l].data();
    inRow = nodeRow(l);
  }
  makeRoom(work.output, count, kGroup);
  const DenseLayer& layer = layout_.node.back();
  forward(layer, weights.padded, in, inRow, count, weights.padded + layer.bias, 0, work.output.data(), kGroup, Finish::keep, nullptr, 0);
  if (shape_.linearSkip)
    forward(layout_.skip, weights.padded, work.nodeInputs.data(), nodeInputWidth(), count, work.output.data(), kGroup, work.output.data(), kGroup,
            Finish::keep, nullptr, 0);
}

/// From work.outputGradient to work.messageGradient: the loss's gradient by the sums of messages.
void GraphNetwork::nodeBackward(size_t count, const NetworkWeights& weights, float* gradient, Workspace& work) const {
  size_t widest = nodeInputWidth();
  for (size_t l = 0; l < shape_.nodeHidden.size(); ++l) widest = std::max(widest, nodeRow(l));
  makeRoom(work.nodeGradientA, count, widest);
  makeRoom(work.nodeGradientB, count, widest);
  const float* outGradient = work.outputGradient.data();
  size_t outRow = kGroup;
  float *next = work.nodeGradientA.data(), *other = work.nodeGradientB.data();
  for (size_t l = shape_.nodeHidden.size() + 1; l-- > 0;) {
    const DenseLayer& layer = layout_.node[l];
    const bool first = l == 0;
    const float* in = first ? work.nodeInputs.data() : work.nodeActive[l - 1].data();
    const size_t inRow = first ? nodeInputWidth() : nodeRow(l - 1);
    weightGradient(layer, in, inRow, outGradient, outRow, count, gradient);
    biasGradient(layer, outGradient, outRow, count, gradient);
    const float* slope = first ? nullptr : shape_.silu ? work.nodeSlope[l - 1].data() : in;
    backward(layer, weights.transposed, outGradient, outRow, count, next, inRow, first ? Finish::keep : derivative_, slope, inRow);
    outGradient = next;
    outRow = inRow;
    std::swap(next, other);
  }
  const size_t width = messageWidth();
  makeRoom(work.messageGradient, count, width);
  std::fill_n(work.messageGradient.begin(), count * width, 0.0f);
  for (size_t q = 0; q < count; ++q)
    for (size_t n = 0; n < shape_.messageWidth; ++n) {
      float sum = outGradient[q * outRow + n];
      if (shape_.linearSkip) sum += work.outputGradient[q * kGroup] * weights.padded[layout_.skip.weights + DenseLayer::at(layout_.skip.inputs, kGroup, n, 0)];
      work.messageGradient[q * width + n] = sum;
    }
  if (shape_.linearSkip) weightGradient(layout_.skip, work.nodeInputs.data(), nodeInputWidth(), work.outputGradient.data(), kGroup, count, gradient);
}

/// From work.messageGradient through every edge to the weights; returns the sum of |message|_1 where it is penalised.
double GraphNetwork::edgeBackward(size_t rows, size_t count, float penalty, const NetworkWeights& weights, float* gradient, Workspace& work) const {
  const size_t last = shape_.edgeHidden.size() - 1, width = messageWidth();
  const float share = 1 / data_.meanDegree;
  const auto slopeOf = [&](size_t l) { return shape_.silu ? work.slope[l].data() : work.active[l].data(); };
  float *here = work.gradientA.data(), *next = work.gradientB.data();
  double penalised = 0;
  if (penalty > 0) {
    for (size_t q = 0; q < count; ++q) {
      float* row = work.messageGradient.data() + q * width;
      for (size_t n = 0; n < width; ++n) row[n] *= share;
      float* messages = work.messages.data() + work.start[q] * messageRow();
      penalised += static_cast<double>(kernels_.spreadWithPenalty(messages, row, messages, messageRow(), work.start[q + 1] - work.start[q], width, penalty));
    }
    weightGradient(layout_.message, work.active[last].data(), edgeRow(last), work.messages.data(), messageRow(), rows, gradient);
    biasGradient(layout_.message, work.messages.data(), messageRow(), rows, gradient);
    backward(layout_.message, weights.transposed, work.messages.data(), messageRow(), rows, here, edgeRow(last), derivative_, slopeOf(last), edgeRow(last));
  } else {
    const size_t sumWidth = edgeWidth(last);
    weightGradient(layout_.message, work.sums.data(), sumWidth, work.messageGradient.data(), width, count, gradient);
    makeRoom(work.sumGradient, count, sumWidth);
    backward(layout_.message, weights.transposed, work.messageGradient.data(), width, count, work.sumGradient.data(), sumWidth, Finish::keep, nullptr, 0);
    for (size_t n = 0; n < count * sumWidth; ++n) work.sumGradient[n] *= share;
    for (size_t q = 0; q < count; ++q) {
      const size_t first = work.start[q], degree = work.start[q + 1] - first;
      kernels_.spread(here + first * edgeRow(last), edgeRow(last), work.sumGradient.data() + q * sumWidth, slopeOf(last) + first * edgeRow(last),
                      edgeRow(last), degree, sumWidth, derivative_);
      float* row = work.messageGradient.data() + q * width;
      for (size_t n = 0; n < width; ++n) row[n] *= static_cast<float>(degree) * share;
    }
    biasGradient(layout_.message, work.messageGradient.data(), width, count, gradient);
  }
  for (size_t l = last; l > 0; --l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    weightGradient(layer, work.active[l - 1].data(), edgeRow(l - 1), here, edgeRow(l), rows, gradient);
    biasGradient(layer, here, edgeRow(l), rows, gradient);
    backward(layer, weights.transposed, here, edgeRow(l), rows, next, edgeRow(l - 1), derivative_, slopeOf(l - 1), edgeRow(l - 1));
    std::swap(here, next);
  }
  weightGradient(layout_.edge, work.inputs.data(), shape_.edgeInputs, here, edgeRow(0), rows, gradient);
  const size_t first = layout_.receiver.width;
  makeRoom(work.receiverGradient, count, first);
  std::fill_n(work.receiverGradient.begin(), count * first, 0.0f);
  for (size_t q = 0; q < count; ++q)
    kernels_.addRows(work.receiverGradient.data() + q * first, here + work.start[q] * edgeRow(0), edgeRow(0), work.start[q + 1] - work.start[q], first);
  weightGradient(layout_.receiver, work.receiverRows.data(), shape_.receiverInputs, work.receiverGradient.data(), first, count, gradient);
  biasGradient(layout_.receiver, work.receiverGradient.data(), first, count, gradient);
  return penalised;
}

}  // namespace halolaw
