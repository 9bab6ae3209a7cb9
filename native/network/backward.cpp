// The backward pass, from the loss's gradient by the predictions to every weight.
#include <algorithm>

#include "network/graph_network.h"

namespace halolaw::network {

/// From work.outputGradient to work.messageGradient: the loss's gradient by the sums of messages.
void GraphNetwork::nodeBackward(size_t count, const NetworkWeights& weights, Span<float> gradient,
                                BlockScratch& work) const {
  size_t widest = nodeInputWidth();
  for (size_t l = 0; l < shape_.nodeHidden.size(); ++l) widest = std::max(widest, nodeRow(l));
  makeRoom(work.nodeGradientA, count, widest);
  makeRoom(work.nodeGradientB, count, widest);
  const Rows<float> outputGradient = rowsOf(work.outputGradient, kGroup, count);
  const Rows<float> inputs = rowsOf(work.nodeInputs, nodeInputWidth(), count);
  Rows<float> outGradient = outputGradient;
  Floats *next = &work.nodeGradientA, *other = &work.nodeGradientB;
  for (size_t l = shape_.nodeHidden.size() + 1; l-- > 0;) {
    const DenseLayer& layer = layout_.node[l];
    const bool first = l == 0;
    const Rows<float> in = first ? inputs : rowsOf(work.nodeActive[l - 1], nodeRow(l - 1), count);
    products_.weightGradient(layer, in, outGradient, gradient);
    products_.biasGradient(layer, outGradient, gradient);
    const Rows<float> inGradient = rowsOf(*next, in.row, count);
    if (first) products_.backward(layer, weights.transposed, outGradient, {inGradient});
    else
      products_.backward(layer, weights.transposed, outGradient,
                         {inGradient, derivative_, shape_.silu ? rowsOf(work.nodeSlope[l - 1], in.row, count) : in});
    outGradient = inGradient;
    std::swap(next, other);
  }
  const size_t width = messageWidth();
  makeRoom(work.messageGradient, count, width);
  std::fill_n(work.messageGradient.begin(), count * width, 0.0f);
  for (size_t q = 0; q < count; ++q)
    for (size_t n = 0; n < shape_.messageWidth; ++n) {
      float sum = outGradient.values[q * outGradient.row + n];
      if (shape_.linearSkip)
        sum += work.outputGradient[q * kGroup] *
               weights.padded[layout_.skip.weights + DenseLayer::at(layout_.skip.inputs, kGroup, n, 0)];
      work.messageGradient[q * width + n] = sum;
    }
  if (shape_.linearSkip) products_.weightGradient(layout_.skip, inputs, outputGradient, gradient);
}

/// From work.messageGradient through every edge to the weights; returns the sum over edges in the penalty. `weight` is
/// the penalty's weight per edge.
double GraphNetwork::edgeBackward(Block block, float weight, LastLayer lastLayer, const NetworkWeights& weights,
                                  Span<float> gradient, BlockScratch& work) const {
  const size_t last = shape_.edgeHidden.size() - 1, width = messageWidth();
  const float share = 1 / data_.meanDegree;
  const auto activeOf = [&](size_t l) { return rowsOf(work.active[l], edgeRow(l), block.edges); };
  const auto slopeOf = [&](size_t l) {
    return rowsOf(shape_.silu ? work.slope[l] : work.active[l], edgeRow(l), block.edges);
  };
  Floats *here = &work.gradientA, *next = &work.gradientB;
  double penalised = 0;
  if (lastLayer != LastLayer::afterSum) {
    for (size_t q = 0; q < block.receivers; ++q) {
      const Span<float> row = Span<float>(work.messageGradient).part(q * width, width);
      for (float& each : row) each *= share;
      const size_t first = work.start[q], degree = work.start[q + 1] - first;
      const Rows<float> messages = rowsOf(work.messages, messageRow(), degree, first);
      penalised +=
          static_cast<double>(lastLayer == LastLayer::drawn
                                  ? kernels_.drawnGradient({shape_.messageWidth, messages,
                                                            rowsOf(work.drawn, width, degree, first), row, weight})
                                  : kernels_.spreadWithPenalty(messages, row, messages, weight));
    }
    const Rows<float> messages = rowsOf(work.messages, messageRow(), block.edges);
    products_.weightGradient(layout_.message, activeOf(last), messages, gradient);
    products_.biasGradient(layout_.message, messages, gradient);
    products_.backward(layout_.message, weights.transposed, messages,
                       {rowsOf(*here, edgeRow(last), block.edges), derivative_, slopeOf(last)});
  } else {
    const size_t sumWidth = edgeWidth(last);
    const Rows<float> messageGradient = rowsOf(work.messageGradient, width, block.receivers);
    products_.weightGradient(layout_.message, rowsOf(work.sums, sumWidth, block.receivers), messageGradient, gradient);
    makeRoom(work.sumGradient, block.receivers, sumWidth);
    products_.backward(layout_.message, weights.transposed, messageGradient,
                       {rowsOf(work.sumGradient, sumWidth, block.receivers)});
    for (float& each : Span<float>(work.sumGradient).part(0, block.receivers * sumWidth)) each *= share;
    for (size_t q = 0; q < block.receivers; ++q) {
      const size_t first = work.start[q], degree = work.start[q + 1] - first;
      kernels_.spread(rowsOf(*here, edgeRow(last), degree, first),
                      Span<const float>(work.sumGradient).part(q * sumWidth, sumWidth),
                      slopeOf(last).part(first, degree), derivative_);
      for (float& each : Span<float>(work.messageGradient).part(q * width, width))
        each *= static_cast<float>(degree) * share;
    }
    products_.biasGradient(layout_.message, messageGradient, gradient);
  }
  for (size_t l = last; l > 0; --l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    const Rows<float> outGradient = rowsOf(*here, edgeRow(l), block.edges);
    products_.weightGradient(layer, activeOf(l - 1), outGradient, gradient);
    products_.biasGradient(layer, outGradient, gradient);
    products_.backward(layer, weights.transposed, outGradient,
                       {rowsOf(*next, edgeRow(l - 1), block.edges), derivative_, slopeOf(l - 1)});
    std::swap(here, next);
  }
  products_.weightGradient(layout_.edge, rowsOf(work.inputs, shape_.edgeInputs, block.edges),
                           rowsOf(*here, edgeRow(0), block.edges), gradient);
  const size_t first = layout_.receiver.width;
  makeRoom(work.receiverGradient, block.receivers, first);
  std::fill_n(work.receiverGradient.begin(), block.receivers * first, 0.0f);
  for (size_t q = 0; q < block.receivers; ++q)
    kernels_.addRows(Span<float>(work.receiverGradient).part(q * first, first),
                     rowsOf(*here, edgeRow(0), work.start[q + 1] - work.start[q], work.start[q]));
  const Rows<float> receiverGradient = rowsOf(work.receiverGradient, first, block.receivers);
  products_.weightGradient(layout_.receiver, rowsOf(work.receiverRows, shape_.receiverInputs, block.receivers),
                           receiverGradient, gradient);
  products_.biasGradient(layout_.receiver, receiverGradient, gradient);
  return penalised;
}

}  // namespace halolaw::network
