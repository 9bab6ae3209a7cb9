#include "network/graph_network.h"

#include <algorithm>
#include <cmath>

namespace halolaw::network {

namespace {

constexpr size_t kBlockBytes = 400 << 10;  // activations of a block: most of a second-level cache

}  // namespace

GraphNetwork::GraphNetwork(const NetworkShape& shape, NetworkData data, const NetworkLoss& loss)
    : kernels_(kernels::graphNetworkKernels()),
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

void GraphNetwork::resizeEdges(BlockScratch& work, size_t rows) const {
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

/// The description of the inputs of one receiver's pairs, one row per pair.
kernels::PairInputs GraphNetwork::pairInputs(uint32_t receiver, const kernels::NeighbourColumns& pairs,
                                             Span<float> out) const {
  return {receiver,
          pairs,
          data_.senderTable,
          data_.senderInputs,
          data_.kinds,
          data_.mean,
          data_.inverseScale,
          data_.velocities,
          {out, shape_.edgeInputs, pairs.size()}};
}

/// Finds the edges of as many receivers as make up a block and writes their inputs.
GraphNetwork::Block GraphNetwork::gather(Span<const uint32_t> receivers, BlockScratch& work) const {
  work.start.resize(kBlockReceivers + 1);
  work.start[0] = 0;
  size_t rows = 0, count = 0;
  for (; count < receivers.size() && count < kBlockReceivers && (rows < blockRows_ || count == 0); ++count) {
    NeighbourBuffer& neighbours = work.neighbours;
    data_.grid->neighbours(receivers[count], neighbours);
    if (rows > blockRows_ / 2 && rows + neighbours.count > blockRows_ + blockRows_ / 2) break;
    makeRoom(work.inputs, rows + neighbours.count, shape_.edgeInputs);
    kernels_.pairInputs(
        pairInputs(receivers[count], neighbours.columns(), Span<float>(work.inputs).from(rows * shape_.edgeInputs)));
    if (shape_.variational) {
      if (work.senders.size() < rows + neighbours.count) work.senders.resize(2 * (rows + neighbours.count));
      std::copy_n(neighbours.index.begin(), neighbours.count, work.senders.begin() + static_cast<std::ptrdiff_t>(rows));
    }
    rows += neighbours.count;
    work.start[count + 1] = rows;
  }
  const size_t inputs = shape_.receiverInputs;
  makeRoom(work.receiverRows, count, inputs);
  for (size_t q = 0; q < count; ++q)
    std::copy_n(data_.receiverTable.part(static_cast<size_t>(receivers[q]) * inputs, inputs).data(), inputs,
                work.receiverRows.data() + q * inputs);
  resizeEdges(work, rows);
  return {count, rows};
}

/// Edge function up to its last hidden layer, or up to the messages if single messages are needed.
void GraphNetwork::edgeForward(Block block, const NetworkWeights& weights, LastLayer lastLayer,
                               BlockScratch& work) const {
  const Span<const float> w = weights.padded;
  const size_t startRow = layout_.receiver.width;
  makeRoom(work.receiverStart, block.receivers, startRow);
  products_.forward(layout_.receiver, w, rowsOf(work.receiverRows, shape_.receiverInputs, block.receivers),
                    LayerProducts::biasOf(layout_.receiver, w),
                    {rowsOf(work.receiverStart, startRow, block.receivers)});
  const auto finished = [&](size_t l, size_t count, size_t first) -> ProductResult {
    return {rowsOf(work.active[l], edgeRow(l), count, first), activation_,
            shape_.silu ? rowsOf(work.slope[l], edgeRow(l), count, first) : Rows<float>{{}, edgeRow(l), count}};
  };
  for (size_t q = 0; q < block.receivers; ++q) {
    const size_t first = work.start[q], degree = work.start[q + 1] - first;
    products_.forward(layout_.edge, w, rowsOf(work.inputs, shape_.edgeInputs, degree, first),
                      {Span<float>(work.receiverStart).from(q * startRow), 0, 1}, finished(0, degree, first));
  }
  for (size_t l = 1; l < shape_.edgeHidden.size(); ++l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    products_.forward(layer, w, rowsOf(work.active[l - 1], edgeRow(l - 1), block.edges),
                      LayerProducts::biasOf(layer, w), finished(l, block.edges, 0));
  }
  if (lastLayer != LastLayer::afterSum)
    products_.forward(layout_.message, w,
                      rowsOf(work.active.back(), edgeRow(shape_.edgeHidden.size() - 1), block.edges),
                      LayerProducts::biasOf(layout_.message, w), {rowsOf(work.messages, messageRow(), block.edges)});
}

/// Draws the message of every edge around its mean.
void GraphNetwork::drawMessages(Span<const uint32_t> receivers, const StepLoss& step, BlockScratch& work) const {
  for (size_t q = 0; q < receivers.size(); ++q) {
    const size_t first = work.start[q], degree = work.start[q + 1] - first;
    kernels_.drawMessages({shape_.messageWidth, rowsOf(work.messages, messageRow(), degree, first), receivers[q],
                           Span<const uint32_t>(work.senders).part(first, degree), step.seed, step.step,
                           rowsOf(work.drawn, messageWidth(), degree, first)});
  }
}

/// The sums over neighbours divided by the mean degree, into the node function's inputs. The edge function's last layer
/// is linear, so it can be applied after the sum, once per receiver instead of once per edge.
void GraphNetwork::sumMessages(size_t receivers, const NetworkWeights& weights, LastLayer lastLayer,
                               BlockScratch& work) const {
  const size_t last = shape_.edgeHidden.size() - 1;
  const bool before = lastLayer == LastLayer::afterSum, drawn = lastLayer == LastLayer::drawn;
  const size_t width = before ? edgeWidth(last) : messageWidth();
  const size_t row = before ? edgeRow(last) : drawn ? messageWidth() : messageRow();
  Floats& from = before ? work.active[last] : drawn ? work.drawn : work.messages;
  makeRoom(work.sums, receivers, width);
  makeRoom(work.nodeInputs, receivers, nodeInputWidth());
  std::fill_n(work.sums.begin(), receivers * width, 0.0f);
  const float share = 1 / data_.meanDegree;
  for (size_t q = 0; q < receivers; ++q) {
    const Span<float> sum = Span<float>(work.sums).part(q * width, width);
    kernels_.addRows(sum, rowsOf(from, row, work.start[q + 1] - work.start[q], work.start[q]));
    for (float& each : sum) each *= share;
  }
  const float* messages = work.sums.data();
  size_t messagesRow = width;
  if (before) {
    messagesRow = layout_.message.width;
    makeRoom(work.messageSums, receivers, messagesRow);
    for (size_t q = 0; q < receivers; ++q) {
      const float degree = static_cast<float>(work.start[q + 1] - work.start[q]) * share;
      for (size_t n = 0; n < messagesRow; ++n)
        work.messageSums[q * messagesRow + n] = degree * weights.padded[layout_.message.bias + n];
    }
    const Rows<float> sums = rowsOf(work.messageSums, messagesRow, receivers);
    products_.forward(layout_.message, weights.padded, rowsOf(work.sums, width, receivers), sums, {sums});
    messages = work.messageSums.data();
  }
  for (size_t q = 0; q < receivers; ++q)
    std::copy_n(messages + q * messagesRow, shape_.messageWidth, work.nodeInputs.data() + q * nodeInputWidth());
}

void GraphNetwork::nodeForward(Span<const uint32_t> receivers, const NetworkWeights& weights,
                               BlockScratch& work) const {
  const size_t count = receivers.size();
  for (size_t q = 0; q < count; ++q)
    std::copy_n(data_.nodeTable.part(static_cast<size_t>(receivers[q]) * shape_.nodeInputs, shape_.nodeInputs).data(),
                shape_.nodeInputs, work.nodeInputs.data() + q * nodeInputWidth() + shape_.messageWidth);
  const size_t layers = shape_.nodeHidden.size();
  work.nodeActive.resize(layers);
  work.nodeSlope.resize(layers);
  const Rows<float> inputs = rowsOf(work.nodeInputs, nodeInputWidth(), count);
  Rows<float> in = inputs;
  for (size_t l = 0; l < layers; ++l) {
    const DenseLayer& layer = layout_.node[l];
    makeRoom(work.nodeActive[l], count, nodeRow(l));
    if (shape_.silu) makeRoom(work.nodeSlope[l], count, nodeRow(l));
    const Rows<float> out = rowsOf(work.nodeActive[l], nodeRow(l), count);
    products_.forward(
        layer, weights.padded, in, LayerProducts::biasOf(layer, weights.padded),
        {out, activation_,
         shape_.silu ? rowsOf(work.nodeSlope[l], nodeRow(l), count) : Rows<float>{{}, nodeRow(l), count}});
    in = out;
  }
  makeRoom(work.output, count, kGroup);
  const DenseLayer& layer = layout_.node.back();
  const Rows<float> output = rowsOf(work.output, kGroup, count);
  products_.forward(layer, weights.padded, in, LayerProducts::biasOf(layer, weights.padded), {output});
  if (shape_.linearSkip) products_.forward(layout_.skip, weights.padded, inputs, output, {output});
}

}  // namespace halolaw::network
