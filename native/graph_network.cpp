#include "graph_network.h"

#include <algorithm>
#include <cmath>

namespace halolaw {

namespace {

constexpr size_t kBlockBytes = 400 << 10;  // activations of a block: most of a second-level cache

}  // namespace

GraphNetwork::GraphNetwork(const NetworkShape& shape, NetworkData data, const NetworkLoss& loss)
    : kernels_(graphNetworkKernels()),
      shape_(shape),
      layout_(shape),
      products_(layout_),
      data_(std::move(data)),
      loss_(loss),
      activation_(shape.silu ? Finish::silu : Finish::relu),
      derivative_(shape.silu ? Finish::timesSlope : Finish::whereActive) {
  size_t widest = messageRow(), total = shape_.edgeInputs;
  for (size_t l = 0; l < shape_.edgeHidden.size(); ++l) {
    widest = std::max(widest, edgeRow(l));
    total += edgeRow(l) * (shape_.silu ? 2 : 1);
  }
  blockRows_ = std::min<size_t>(1024, std::max<size_t>(64, kBlockBytes / 4 / (total + 2 * widest)));
}

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
  if (shape_.variational) makeRoom(work.drawn, rows, messageWidth());
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
    if (shape_.variational) {
      if (work.senders.size() < rows + found.count) work.senders.resize(2 * (rows + found.count));
      std::copy_n(found.index.begin(), found.count, work.senders.begin() + static_cast<std::ptrdiff_t>(rows));
    }
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
void GraphNetwork::edgeForward(size_t rows, size_t receivers, const NetworkWeights& weights, LastLayer lastLayer, Workspace& work) const {
  const float* w = weights.padded;
  const size_t startRow = layout_.receiver.width;
  makeRoom(work.receiverStart, receivers, startRow);
  products_.forward(layout_.receiver, w, work.receiverRows.data(), shape_.receiverInputs, receivers, w + layout_.receiver.bias, 0, work.receiverStart.data(),
          startRow, Finish::keep, nullptr, 0);
  for (size_t q = 0; q < receivers; ++q) {
    const size_t first = work.start[q], row = edgeRow(0);
    products_.forward(layout_.edge, w, work.inputs.data() + first * shape_.edgeInputs, shape_.edgeInputs, work.start[q + 1] - first,
            work.receiverStart.data() + q * startRow, 0, work.active[0].data() + first * row, row, activation_,
            shape_.silu ? work.slope[0].data() + first * row : nullptr, row);
  }
  for (size_t l = 1; l < shape_.edgeHidden.size(); ++l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    products_.forward(layer, w, work.active[l - 1].data(), edgeRow(l - 1), rows, w + layer.bias, 0, work.active[l].data(), edgeRow(l), activation_,
            shape_.silu ? work.slope[l].data() : nullptr, edgeRow(l));
  }
  if (lastLayer != LastLayer::afterSum)
    products_.forward(layout_.message, w, work.active.back().data(), edgeRow(shape_.edgeHidden.size() - 1), rows, w + layout_.message.bias, 0,
            work.messages.data(), messageRow(), Finish::keep, nullptr, 0);
}

/// Draws the message of every edge around its mean.
void GraphNetwork::drawMessages(const uint32_t* receivers, size_t count, const StepLoss& step, Workspace& work) const {
  for (size_t q = 0; q < count; ++q) {
    const size_t first = work.start[q];
    kernels_.drawMessages({work.start[q + 1] - first, shape_.messageWidth, work.messages.data() + first * messageRow(), messageRow(), receivers[q],
                           work.senders.data() + first, step.seed, step.step, work.drawn.data() + first * messageWidth(), messageWidth()});
  }
}

/// The sums over neighbours divided by the mean degree, into the node function's inputs. The edge function's last layer is
/// linear, so it may as well be applied after the sum, once a receiver instead of once an edge.
void GraphNetwork::sumMessages(size_t receivers, const NetworkWeights& weights, LastLayer lastLayer, Workspace& work) const {
  const size_t last = shape_.edgeHidden.size() - 1;
  const bool before = lastLayer == LastLayer::afterSum, drawn = lastLayer == LastLayer::drawn;
  const size_t width = before ? edgeWidth(last) : messageWidth();
  const size_t row = before ? edgeRow(last) : drawn ? messageWidth() : messageRow();
  const float* from = before ? work.active[last].data() : drawn ? work.drawn.data() : work.messages.data();
  makeRoom(work.sums, receivers, width);
  makeRoom(work.nodeInputs, receivers, nodeInputWidth());
  std::fill_n(work.sums.begin(), receivers * width, 0.0f);
  const float share = 1 / data_.meanDegree;
  for (size_t q = 0; q < receivers; ++q) {
    float* sum = work.sums.data() + q * width;
    kernels_.addRows(sum, from + work.start[q] * row, row, work.start[q + 1] - work.start[q], width);
    for (size_t n = 0; n < width; ++n) sum[n] *= share;
  }
  const float* messages = work.sums.data();
  size_t messagesRow = width;
  if (before) {
    messagesRow = layout_.message.width;
    makeRoom(work.messageSums, receivers, messagesRow);
    for (size_t q = 0; q < receivers; ++q) {
      const float degree = static_cast<float>(work.start[q + 1] - work.start[q]) * share;
      for (size_t n = 0; n < messagesRow; ++n) work.messageSums[q * messagesRow + n] = degree * weights.padded[layout_.message.bias + n];
    }
    products_.forward(layout_.message, weights.padded, work.sums.data(), width, receivers, work.messageSums.data(), messagesRow, work.messageSums.data(),
                      messagesRow, Finish::keep, nullptr, 0);
    messages = work.messageSums.data();
  }
  for (size_t q = 0; q < receivers; ++q) std::copy_n(messages + q * messagesRow, shape_.messageWidth, work.nodeInputs.data() + q * nodeInputWidth());
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
    products_.forward(layer, weights.padded, in, inRow, count, weights.padded + layer.bias, 0, work.nodeActive[l].data(), nodeRow(l), activation_,
            shape_.silu ? work.nodeSlope[l].data() : nullptr, nodeRow(l));
    in = work.nodeActive[l].data();
    inRow = nodeRow(l);
  }
  makeRoom(work.output, count, kGroup);
  const DenseLayer& layer = layout_.node.back();
  products_.forward(layer, weights.padded, in, inRow, count, weights.padded + layer.bias, 0, work.output.data(), kGroup, Finish::keep, nullptr, 0);
  if (shape_.linearSkip)
    products_.forward(layout_.skip, weights.padded, work.nodeInputs.data(), nodeInputWidth(), count, work.output.data(), kGroup, work.output.data(), kGroup,
            Finish::keep, nullptr, 0);
}

}  // namespace halolaw
