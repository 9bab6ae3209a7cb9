// The way back: from the loss's gradient by the predictions to every weight.
#include <algorithm>

#include "graph_network.h"

namespace halolaw {

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
    products_.weightGradient(layer, in, inRow, outGradient, outRow, count, gradient);
    products_.biasGradient(layer, outGradient, outRow, count, gradient);
    const float* slope = first ? nullptr : shape_.silu ? work.nodeSlope[l - 1].data() : in;
    products_.backward(layer, weights.transposed, outGradient, outRow, count, next, inRow, first ? Finish::keep : derivative_, slope, inRow);
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
  if (shape_.linearSkip) products_.weightGradient(layout_.skip, work.nodeInputs.data(), nodeInputWidth(), work.outputGradient.data(), kGroup, count, gradient);
}

/// From work.messageGradient through every edge to the weights; returns what the penalty sums over edges. `weight` is the
/// penalty's, an edge.
double GraphNetwork::edgeBackward(size_t rows, size_t count, float weight, LastLayer lastLayer, const NetworkWeights& weights, float* gradient,
                                  Workspace& work) const {
  const size_t last = shape_.edgeHidden.size() - 1, width = messageWidth();
  const float share = 1 / data_.meanDegree;
  const auto slopeOf = [&](size_t l) { return shape_.silu ? work.slope[l].data() : work.active[l].data(); };
  float *here = work.gradientA.data(), *next = work.gradientB.data();
  double penalised = 0;
  if (lastLayer != LastLayer::afterSum) {
    for (size_t q = 0; q < count; ++q) {
      float* row = work.messageGradient.data() + q * width;
      for (size_t n = 0; n < width; ++n) row[n] *= share;
      float* messages = work.messages.data() + work.start[q] * messageRow();
      const size_t first = work.start[q], degree = work.start[q + 1] - first;
      penalised += static_cast<double>(
          lastLayer == LastLayer::drawn
              ? kernels_.drawnGradient({degree, shape_.messageWidth, messages, messageRow(), work.drawn.data() + first * width, width, row, weight})
              : kernels_.spreadWithPenalty(messages, row, messages, messageRow(), degree, width, weight));
    }
    products_.weightGradient(layout_.message, work.active[last].data(), edgeRow(last), work.messages.data(), messageRow(), rows, gradient);
    products_.biasGradient(layout_.message, work.messages.data(), messageRow(), rows, gradient);
    products_.backward(layout_.message, weights.transposed, work.messages.data(), messageRow(), rows, here, edgeRow(last), derivative_, slopeOf(last), edgeRow(last));
  } else {
    const size_t sumWidth = edgeWidth(last);
    products_.weightGradient(layout_.message, work.sums.data(), sumWidth, work.messageGradient.data(), width, count, gradient);
    makeRoom(work.sumGradient, count, sumWidth);
    products_.backward(layout_.message, weights.transposed, work.messageGradient.data(), width, count, work.sumGradient.data(), sumWidth, Finish::keep, nullptr, 0);
    for (size_t n = 0; n < count * sumWidth; ++n) work.sumGradient[n] *= share;
    for (size_t q = 0; q < count; ++q) {
      const size_t first = work.start[q], degree = work.start[q + 1] - first;
      kernels_.spread(here + first * edgeRow(last), edgeRow(last), work.sumGradient.data() + q * sumWidth, slopeOf(last) + first * edgeRow(last),
                      edgeRow(last), degree, sumWidth, derivative_);
      float* row = work.messageGradient.data() + q * width;
      for (size_t n = 0; n < width; ++n) row[n] *= static_cast<float>(degree) * share;
    }
    products_.biasGradient(layout_.message, work.messageGradient.data(), width, count, gradient);
  }
  for (size_t l = last; l > 0; --l) {
    const DenseLayer& layer = layout_.hidden[l - 1];
    products_.weightGradient(layer, work.active[l - 1].data(), edgeRow(l - 1), here, edgeRow(l), rows, gradient);
    products_.biasGradient(layer, here, edgeRow(l), rows, gradient);
    products_.backward(layer, weights.transposed, here, edgeRow(l), rows, next, edgeRow(l - 1), derivative_, slopeOf(l - 1), edgeRow(l - 1));
    std::swap(here, next);
  }
  products_.weightGradient(layout_.edge, work.inputs.data(), shape_.edgeInputs, here, edgeRow(0), rows, gradient);
  const size_t first = layout_.receiver.width;
  makeRoom(work.receiverGradient, count, first);
  std::fill_n(work.receiverGradient.begin(), count * first, 0.0f);
  for (size_t q = 0; q < count; ++q)
    kernels_.addRows(work.receiverGradient.data() + q * first, here + work.start[q] * edgeRow(0), edgeRow(0), work.start[q + 1] - work.start[q], first);
  products_.weightGradient(layout_.receiver, work.receiverRows.data(), shape_.receiverInputs, work.receiverGradient.data(), first, count, gradient);
  products_.biasGradient(layout_.receiver, work.receiverGradient.data(), first, count, gradient);
  return penalised;
}

}  // namespace halolaw
