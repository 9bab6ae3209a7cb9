// What is asked of the network: a share of a batch's gradient, predictions, sums, messages.
#include <algorithm>
#include <cmath>

#include "graph_network.h"

namespace halolaw {

GraphNetwork::Share GraphNetwork::learn(const uint32_t* receivers, size_t count, const float* target, size_t batchReceivers, size_t batchEdges,
                                        const StepLoss& step, const NetworkWeights& weights, float* gradient, Workspace& work) const {
  Share share;
  const float perReceiver = 1 / static_cast<float>(batchReceivers);
  const float penalty = batchEdges > 0 ? step.penalty / static_cast<float>(batchEdges) : 0;
  const LastLayer lastLayer = shape_.variational ? LastLayer::drawn : penalty > 0 ? LastLayer::perEdge : LastLayer::afterSum;
  for (size_t begin = 0, taken = 0; begin < count; begin += taken) {
    const size_t rows = gather(receivers + begin, count - begin, taken, work);
    edgeForward(rows, taken, weights, lastLayer, work);
    if (lastLayer == LastLayer::drawn) drawMessages(receivers + begin, taken, step, work);
    sumMessages(taken, weights, lastLayer, work);
    nodeForward(receivers + begin, taken, weights, work);
    makeRoom(work.outputGradient, taken, kGroup);
    std::fill_n(work.outputGradient.begin(), taken * kGroup, 0.0f);
    for (size_t q = 0; q < taken; ++q) {
      const float error = work.output[q * kGroup] - target[receivers[begin + q]], size = std::fabs(error);
      const bool quadratic = loss_.huber && size < loss_.delta;
      share.loss += static_cast<double>(quadratic ? 0.5f * error * error / loss_.delta : loss_.huber ? size - 0.5f * loss_.delta : size);
      const float slope = quadratic ? error / loss_.delta : error > 0 ? 1.0f : error < 0 ? -1.0f : 0.0f;
      work.outputGradient[q * kGroup] = slope * perReceiver;
    }
    nodeBackward(taken, weights, gradient, work);
    share.penalty += edgeBackward(rows, taken, penalty, lastLayer, weights, gradient, work);
    share.edges += rows;
  }
  return share;
}

void GraphNetwork::predict(const uint32_t* receivers, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const {
  for (size_t begin = 0, taken = 0; begin < count; begin += taken) {
    const size_t rows = gather(receivers + begin, count - begin, taken, work);
    edgeForward(rows, taken, weights, LastLayer::afterSum, work);
    sumMessages(taken, weights, LastLayer::afterSum, work);
    nodeForward(receivers + begin, taken, weights, work);
    for (size_t q = 0; q < taken; ++q) out[begin + q] = work.output[q * kGroup];
  }
}

void GraphNetwork::aggregate(const uint32_t* receivers, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const {
  for (size_t begin = 0, taken = 0; begin < count; begin += taken) {
    const size_t rows = gather(receivers + begin, count - begin, taken, work);
    edgeForward(rows, taken, weights, LastLayer::afterSum, work);
    sumMessages(taken, weights, LastLayer::afterSum, work);
    for (size_t q = 0; q < taken; ++q)
      for (size_t n = 0; n < shape_.messageWidth; ++n)
        out[(begin + q) * shape_.messageWidth + n] = work.nodeInputs[q * nodeInputWidth() + n] * data_.meanDegree;
  }
}

size_t GraphNetwork::messageMoments(const uint32_t* receivers, size_t count, const NetworkWeights& weights, double* sum, double* squares,
                                    double* divergence, Workspace& work) const {
  size_t edges = 0;
  for (size_t begin = 0, taken = 0; begin < count; begin += taken) {
    const size_t rows = gather(receivers + begin, count - begin, taken, work);
    edgeForward(rows, taken, weights, LastLayer::perEdge, work);
    kernels_.addMoments(sum, squares, work.messages.data(), messageRow(), rows, shape_.messageWidth);
    if (shape_.variational) kernels_.addDivergence(divergence, work.messages.data(), messageRow(), rows, shape_.messageWidth);
    edges += rows;
  }
  return edges;
}

void GraphNetwork::edgeInputs(const PairList& pairs, size_t count, float* out) const {
  for (size_t n = 0; n < count; ++n)
    kernels_.pairInputs({1, pairs.receiver[n], pairs.sender + n, pairs.dx + n, pairs.dy + n, pairs.dz + n, pairs.r + n, data_.senderTable,
                         data_.senderInputs, data_.kinds.size(), data_.kinds.data(), data_.mean.data(), data_.inverseScale.data(), data_.vx,
                         data_.vy, data_.vz, out + n * shape_.edgeInputs, shape_.edgeInputs});
}

void GraphNetwork::messages(const PairList& pairs, size_t count, const NetworkWeights& weights, float* out, Workspace& work) const {
  const size_t inputs = shape_.receiverInputs;
  for (size_t begin = 0; begin < count; begin += kBlockReceivers) {
    const size_t rows = std::min(kBlockReceivers, count - begin);
    makeRoom(work.inputs, rows, shape_.edgeInputs);
    makeRoom(work.receiverRows, rows, inputs);
    resizeEdges(work, rows);
    edgeInputs({pairs.receiver + begin, pairs.sender + begin, pairs.dx + begin, pairs.dy + begin, pairs.dz + begin, pairs.r + begin}, rows,
               work.inputs.data());
    work.start.resize(kBlockReceivers + 1);
    for (size_t q = 0; q < rows; ++q) {
      std::copy_n(data_.receiverTable + static_cast<size_t>(pairs.receiver[begin + q]) * inputs, inputs, work.receiverRows.data() + q * inputs);
      work.start[q] = q;
      work.start[q + 1] = q + 1;
    }
    edgeForward(rows, rows, weights, LastLayer::perEdge, work);
    for (size_t q = 0; q < rows; ++q) std::copy_n(work.messages.data() + q * messageRow(), shape_.messageWidth, out + (begin + q) * shape_.messageWidth);
  }
}

}  // namespace halolaw
