// The passes of the network that callers use: a share of a batch's gradient, predictions, sums, messages.
#include <algorithm>
#include <cmath>

#include "network/graph_network.h"

namespace halolaw::network {

GraphNetwork::Share GraphNetwork::learn(Span<const uint32_t> receivers, const NetworkBatch& batch,
                                        const NetworkWeights& weights, Span<float> gradient, BlockScratch& work) const {
  Share share;
  const float perReceiver = 1 / static_cast<float>(batch.receivers);
  const float penalty = batch.edges > 0 ? batch.step.penalty / static_cast<float>(batch.edges) : 0;
  const LastLayer lastLayer = shape_.variational ? LastLayer::drawn
                              : penalty > 0      ? LastLayer::perEdge
                                                 : LastLayer::afterSum;
  for (size_t begin = 0; begin < receivers.size();) {
    const Block block = gather(receivers.from(begin), work);
    const Span<const uint32_t> here = receivers.part(begin, block.receivers);
    edgeForward(block, weights, lastLayer, work);
    if (lastLayer == LastLayer::drawn) drawMessages(here, batch.step, work);
    sumMessages(here.size(), weights, lastLayer, work);
    nodeForward(here, weights, work);
    makeRoom(work.outputGradient, here.size(), kGroup);
    std::fill_n(work.outputGradient.begin(), here.size() * kGroup, 0.0f);
    for (size_t q = 0; q < here.size(); ++q) {
      const float error = work.output[q * kGroup] - batch.target[here[q]], size = std::fabs(error);
      const bool quadratic = loss_.huber && size < loss_.delta;
      share.loss += static_cast<double>(quadratic     ? 0.5f * error * error / loss_.delta
                                        : loss_.huber ? size - 0.5f * loss_.delta
                                                      : size);
      const float slope = quadratic ? error / loss_.delta : error > 0 ? 1.0f : error < 0 ? -1.0f : 0.0f;
      work.outputGradient[q * kGroup] = slope * perReceiver;
    }
    nodeBackward(here.size(), weights, gradient, work);
    share.penalty += edgeBackward(block, penalty, lastLayer, weights, gradient, work);
    share.edges += block.edges;
    begin += block.receivers;
  }
  return share;
}

void GraphNetwork::predict(Span<const uint32_t> receivers, const NetworkWeights& weights, Span<float> out,
                           BlockScratch& work) const {
  for (size_t begin = 0; begin < receivers.size();) {
    const Block block = gather(receivers.from(begin), work);
    edgeForward(block, weights, LastLayer::afterSum, work);
    sumMessages(block.receivers, weights, LastLayer::afterSum, work);
    nodeForward(receivers.part(begin, block.receivers), weights, work);
    for (size_t q = 0; q < block.receivers; ++q) out[begin + q] = work.output[q * kGroup];
    begin += block.receivers;
  }
}

void GraphNetwork::aggregate(Span<const uint32_t> receivers, const NetworkWeights& weights, Span<float> out,
                             BlockScratch& work) const {
  for (size_t begin = 0; begin < receivers.size();) {
    const Block block = gather(receivers.from(begin), work);
    edgeForward(block, weights, LastLayer::afterSum, work);
    sumMessages(block.receivers, weights, LastLayer::afterSum, work);
    for (size_t q = 0; q < block.receivers; ++q)
      for (size_t n = 0; n < shape_.messageWidth; ++n)
        out[(begin + q) * shape_.messageWidth + n] = work.nodeInputs[q * nodeInputWidth() + n] * data_.meanDegree;
    begin += block.receivers;
  }
}

GraphNetwork::MessageMoments GraphNetwork::messageMoments(Span<const uint32_t> receivers, const NetworkWeights& weights,
                                                          BlockScratch& work) const {
  MessageMoments moments;
  for (std::vector<double>* sums : {&moments.sum, &moments.squares, &moments.divergence})
    sums->assign(shape_.messageWidth, 0);
  for (size_t begin = 0; begin < receivers.size();) {
    const Block block = gather(receivers.from(begin), work);
    edgeForward(block, weights, LastLayer::perEdge, work);
    const Rows<float> messages = rowsOf(work.messages, messageRow(), block.edges);
    kernels_.addMoments(moments.sum, moments.squares, messages);
    if (shape_.variational) kernels_.addDivergence(moments.divergence, messages);
    moments.edges += block.edges;
    begin += block.receivers;
  }
  return moments;
}

void GraphNetwork::edgeInputs(const PairList& pairs, Span<float> out) const {
  for (size_t n = 0; n < pairs.size(); ++n)
    kernels_.pairInputs(pairInputs(pairs.receiver[n], pairs.pairs.part(n, 1), out.from(n * shape_.edgeInputs)));
}

void GraphNetwork::messages(const PairList& pairs, const NetworkWeights& weights, Span<float> out,
                            BlockScratch& work) const {
  const size_t inputs = shape_.receiverInputs;
  for (size_t begin = 0; begin < pairs.size(); begin += kBlockReceivers) {
    const PairList block = pairs.part(begin, std::min(kBlockReceivers, pairs.size() - begin));
    const size_t rows = block.size();
    makeRoom(work.inputs, rows, shape_.edgeInputs);
    makeRoom(work.receiverRows, rows, inputs);
    resizeEdges(work, rows);
    edgeInputs(block, work.inputs);
    work.start.resize(kBlockReceivers + 1);
    for (size_t q = 0; q < rows; ++q) {
      std::copy_n(data_.receiverTable.part(static_cast<size_t>(block.receiver[q]) * inputs, inputs).data(), inputs,
                  work.receiverRows.data() + q * inputs);
      work.start[q] = q;
      work.start[q + 1] = q + 1;
    }
    edgeForward({rows, rows}, weights, LastLayer::perEdge, work);
    for (size_t q = 0; q < rows; ++q)
      std::copy_n(work.messages.data() + q * messageRow(), shape_.messageWidth,
                  out.part((begin + q) * shape_.messageWidth, shape_.messageWidth).data());
  }
}

}  // namespace halolaw::network
