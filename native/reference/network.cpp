#include "reference/network.h"

#include <algorithm>
#include <cmath>

#include "network/trainer.h"
#include "reference/comparison.h"

namespace halolaw::reference {

using kernels::PairKind;

double pairInput(const Halos& h, uint32_t i, const Neighbour& pair, PairKind kind) {
  const uint32_t j = pair.index;
  const double x = static_cast<double>(h.vx[j]) - h.vx[i], y = static_cast<double>(h.vy[j]) - h.vy[i],
               z = static_cast<double>(h.vz[j]) - h.vz[i];
  const auto cosine = [&](double vx, double vy, double vz) {
    const double length = std::sqrt(vx * vx + vy * vy + vz * vz) * pair.r;
    return length > 0 ? (vx * pair.dx + vy * pair.dy + vz * pair.dz) / length : 0;
  };
  switch (kind) {
    case PairKind::r: return pair.r;
    case PairKind::logR: return std::log(std::max(pair.r, 1e-3));
    case PairKind::inverseR: return 1 / (pair.r + 1);
    case PairKind::dx: return pair.dx;
    case PairKind::dy: return pair.dy;
    case PairKind::dz: return pair.dz;
    case PairKind::dvx: return x;
    case PairKind::dvy: return y;
    case PairKind::dvz: return z;
    case PairKind::cosReceiver: return cosine(h.vx[i], h.vy[i], h.vz[i]);
    case PairKind::cosSender: return cosine(h.vx[j], h.vy[j], h.vz[j]);
    case PairKind::relativeSpeed: return std::sqrt(x * x + y * y + z * z);
    case PairKind::radialVelocity: return pair.r > 0 ? (x * pair.dx + y * pair.dy + z * pair.dz) / pair.r : 0;
  }
  return NAN;
}

double messageNoise(uint32_t receiver, uint32_t sender, uint32_t step, uint32_t seed, uint32_t component) {
  uint32_t word[4] = {receiver, sender, step, seed + component * 0x9e3779b9u};
  for (uint32_t& w : word) w = w * 1664525u + 1013904223u;
  const auto mix = [&] {
    word[0] += word[1] * word[3];
    word[1] += word[2] * word[0];
    word[2] += word[0] * word[1];
    word[3] += word[1] * word[2];
  };
  mix();
  for (uint32_t& w : word) w ^= w >> 16;
  mix();
  const double above = (static_cast<double>(word[0] >> 8) + 1) * 0x1p-24,
               turn = static_cast<double>(word[1] >> 8) * 0x1p-24;
  return std::sqrt(-2 * std::log(above)) * std::cos(2 * std::acos(-1.0) * turn);
}

namespace {

using Vector = std::vector<double>;

/// A layer in the plain weights: a row-major matrix [inputs x outputs], then the bias.
struct PlainLayer {
  size_t inputs, outputs, weights;
  bool hasBias;

  size_t bias() const { return weights + inputs * outputs; }
  size_t end() const { return bias() + (hasBias ? outputs : 0); }
};

struct PlainLayers {
  PlainLayer receiver, edge;
  std::vector<PlainLayer> hidden;
  PlainLayer message;
  std::vector<PlainLayer> node;
  PlainLayer skip;

  explicit PlainLayers(const network::NetworkShape& shape) {
    enum class Bias { none, present };
    size_t next = 0;
    const auto place = [&](size_t inputs, size_t outputs, Bias bias) {
      const PlainLayer layer = {inputs, outputs, next, bias == Bias::present};
      next = layer.end();
      return layer;
    };
    receiver = place(shape.receiverInputs, shape.edgeHidden[0], Bias::present);
    edge = place(shape.edgeInputs, shape.edgeHidden[0], Bias::none);
    for (size_t l = 1; l < shape.edgeHidden.size(); ++l)
      hidden.push_back(place(shape.edgeHidden[l - 1], shape.edgeHidden[l], Bias::present));
    message = place(shape.edgeHidden.back(), shape.messageOutputs(), Bias::present);
    size_t inputs = shape.messageWidth + shape.nodeInputs;
    for (const size_t units : shape.nodeHidden) {
      node.push_back(place(inputs, units, Bias::present));
      inputs = units;
    }
    node.push_back(place(inputs, 1, Bias::present));
    skip = place(shape.linearSkip ? shape.messageWidth + shape.nodeInputs : 0, 1, Bias::none);
  }
};

/// out += in * weights + bias
void addLayer(Vector& out, const Vector& in, const PlainLayer& layer, const Vector& weights) {
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t i = 0; i < layer.inputs; ++i) out[o] += in[i] * weights[layer.weights + i * layer.outputs + o];
    if (layer.hasBias) out[o] += weights[layer.bias() + o];
  }
}

/// The backward pass through addLayer: adds to the weights' gradient and returns the gradient by the inputs.
Vector backLayer(const Vector& outGradient, const Vector& in, const PlainLayer& layer, const Vector& weights,
                 Vector& gradient) {
  Vector inGradient(layer.inputs, 0.0);
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t i = 0; i < layer.inputs; ++i) {
      gradient[layer.weights + i * layer.outputs + o] += in[i] * outGradient[o];
      inGradient[i] += weights[layer.weights + i * layer.outputs + o] * outGradient[o];
    }
    if (layer.hasBias) gradient[layer.bias() + o] += outGradient[o];
  }
  return inGradient;
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double activation(double x, bool silu) { return silu ? x * logistic(x) : std::max(0.0, x); }
double activationSlope(double x, bool silu) {
  return silu ? logistic(x) + x * logistic(x) * (1 - logistic(x)) : x > 0 ? 1 : 0;
}

Vector activated(const Vector& sums, bool silu) {
  Vector out;
  for (const double x : sums) out.push_back(activation(x, silu));
  return out;
}

void multiplySlopes(Vector& gradient, const Vector& sums, bool silu) {
  for (size_t n = 0; n < sums.size(); ++n) gradient[n] *= activationSlope(sums[n], silu);
}

/// Values of one edge that the backward pass needs.
struct Edge {
  Vector inputs;
  std::vector<Vector> sums;  // of each hidden layer, before the activation
  Vector outputs, message, noise;
};

}  // namespace

PlainPass passOf(const PlainNetwork& net, uint32_t receiver, const network::NetworkBatch& batch) {
  const network::NetworkShape& shape = net.shape;
  const PlainLayers layers(shape);
  const Vector& w = net.weights;
  const size_t width = shape.messageWidth;
  const auto tableRow = [](Span<const float> table, size_t row, size_t columns) {
    const Span<const float> values = table.part(row * columns, columns);
    return Vector(values.begin(), values.end());
  };
  const Vector receiverInputs = tableRow(net.data.receiverTable, receiver, shape.receiverInputs);

  PlainPass pass;
  pass.sums.assign(width, 0.0);
  pass.gradient.assign(w.size(), 0.0);
  std::vector<Edge> edges;
  for (const Neighbour& pair : neighboursOf(net.halos, receiver, net.radius)) {
    Edge edge;
    edge.inputs = tableRow(net.data.senderTable, pair.index, net.data.senderInputs);
    for (size_t k = 0; k < net.data.kinds.size(); ++k)
      edge.inputs.push_back((pairInput(net.halos, receiver, pair, net.data.kinds[k]) - net.data.mean[k]) *
                            net.data.inverseScale[k]);
    Vector sums(shape.edgeHidden[0], 0.0);
    addLayer(sums, receiverInputs, layers.receiver, w);
    addLayer(sums, edge.inputs, layers.edge, w);
    edge.sums.push_back(sums);
    for (const PlainLayer& layer : layers.hidden) {
      sums.assign(layer.outputs, 0.0);
      addLayer(sums, activated(edge.sums.back(), shape.silu), layer, w);
      edge.sums.push_back(sums);
    }
    edge.outputs.assign(shape.messageOutputs(), 0.0);
    addLayer(edge.outputs, activated(edge.sums.back(), shape.silu), layers.message, w);
    edge.message.assign(edge.outputs.begin(), edge.outputs.begin() + static_cast<long>(width));
    for (size_t n = 0; n < width; ++n) {
      const double mean = edge.outputs[n];
      if (shape.variational) {
        const double logVariance = edge.outputs[width + n];
        edge.noise.push_back(
            messageNoise(receiver, pair.index, batch.step.step, batch.step.seed, static_cast<uint32_t>(n)));
        edge.message[n] += std::exp(0.5 * logVariance) * edge.noise[n];
        pass.penalty += 0.5 * (mean * mean + std::exp(logVariance) - logVariance - 1);
      } else {
        pass.penalty += std::fabs(mean);
      }
      pass.sums[n] += edge.message[n];
    }
    pass.messages.push_back(edge.outputs);
    edges.push_back(edge);
  }

  Vector nodeInputs;
  for (const double sum : pass.sums) nodeInputs.push_back(sum / net.data.meanDegree);
  for (const double x : tableRow(net.data.nodeTable, receiver, shape.nodeInputs)) nodeInputs.push_back(x);
  std::vector<Vector> nodeSums, nodeActive = {nodeInputs};
  for (const PlainLayer& layer : layers.node) {
    nodeSums.emplace_back(layer.outputs, 0.0);
    addLayer(nodeSums.back(), nodeActive.back(), layer, w);
    nodeActive.push_back(activated(nodeSums.back(), shape.silu));
  }
  pass.prediction = nodeSums.back()[0];
  if (shape.linearSkip) {
    Vector straight(1, 0.0);
    addLayer(straight, nodeInputs, layers.skip, w);
    pass.prediction += straight[0];
  }
  const double error = pass.prediction - batch.target[receiver], size = std::fabs(error), delta = net.loss.delta;
  const bool isQuadratic = net.loss.huber && size < delta;
  pass.loss = isQuadratic ? 0.5 * error * error / delta : net.loss.huber ? size - 0.5 * delta : size;

  // backward pass
  Vector gradient = {(isQuadratic ? error / delta : error > 0 ? 1 : -1) / static_cast<double>(batch.receivers)};
  Vector sumsGradient(nodeInputs.size(), 0.0);
  if (shape.linearSkip) sumsGradient = backLayer(gradient, nodeInputs, layers.skip, w, pass.gradient);
  for (size_t l = layers.node.size(); l-- > 0;) {
    gradient = backLayer(gradient, nodeActive[l], layers.node[l], w, pass.gradient);
    if (l > 0) multiplySlopes(gradient, nodeSums[l - 1], shape.silu);
  }
  for (size_t n = 0; n < nodeInputs.size(); ++n) sumsGradient[n] += gradient[n];
  const double penalty = static_cast<double>(batch.step.penalty) / static_cast<double>(batch.edges);
  for (const Edge& edge : edges) {
    Vector outGradient(shape.messageOutputs(), 0.0);
    for (size_t n = 0; n < width; ++n) {
      const double byMessage = sumsGradient[n] / net.data.meanDegree, mean = edge.outputs[n];
      if (shape.variational) {
        const double variance = std::exp(edge.outputs[width + n]);
        outGradient[n] = byMessage + penalty * mean;
        outGradient[width + n] = 0.5 * (byMessage * std::sqrt(variance) * edge.noise[n] + penalty * (variance - 1));
      } else {
        outGradient[n] = byMessage + penalty * (mean > 0 ? 1 : mean < 0 ? -1 : 0);
      }
    }
    Vector back = backLayer(outGradient, activated(edge.sums.back(), shape.silu), layers.message, w, pass.gradient);
    for (size_t l = layers.hidden.size(); l-- > 0;) {
      multiplySlopes(back, edge.sums[l + 1], shape.silu);
      back = backLayer(back, activated(edge.sums[l], shape.silu), layers.hidden[l], w, pass.gradient);
    }
    multiplySlopes(back, edge.sums[0], shape.silu);
    backLayer(back, edge.inputs, layers.edge, w, pass.gradient);
    backLayer(back, receiverInputs, layers.receiver, w, pass.gradient);
  }
  return pass;
}

namespace {

/// One configuration: gradient, predictions, sums, messages and moments of all halos against the plain passes.
void compareNetwork(Comparison& result, const network::NetworkShape& shape, const network::NetworkLoss& loss,
                    float penalty) {
  const Halos halos = randomHalos(90, {100, 100, 100}, 21);
  const double radius = 26;
  Draw draw(22);
  network::NetworkData data;
  data.grid = std::make_shared<grid::CellGrid>(halos.x, halos.y, halos.z, halos.sides, radius);
  data.halos = halos.count();
  data.senderInputs = 2;
  data.kinds = {PairKind::logR, PairKind::cosSender, PairKind::relativeSpeed};
  data.mean = {2.5f, 0.1f, 0.8f};
  data.inverseScale = {1.5f, 1, 2};
  data.meanDegree = 6;
  const std::vector<float> receiverTable = draw.column<float>(data.halos * shape.receiverInputs, -1, 1);
  const std::vector<float> senderTable = draw.column<float>(data.halos * data.senderInputs, -1, 1);
  const std::vector<float> nodeTable = draw.column<float>(data.halos * shape.nodeInputs, -1, 1);
  const std::vector<float> target = draw.column<float>(data.halos, -2, 2);
  data.receiverTable = receiverTable;
  data.senderTable = senderTable;
  data.nodeTable = nodeTable;
  data.velocities = {halos.vx, halos.vy, halos.vz};
  const auto net = std::make_shared<const network::GraphNetwork>(shape, data, loss);
  network::GraphNetworkTrainer trainer(net);
  const std::vector<float> plain = draw.column<float>(net->layout().plainSize(), -0.5, 0.5);
  trainer.setWeights(plain, plain);
  std::vector<uint32_t> all;
  for (uint32_t i = 0; i < data.halos; ++i) all.push_back(i);
  std::vector<uint32_t> shuffled = all;
  const network::StepLoss step = {penalty, 5, 17};
  const auto done = trainer.gradient(shuffled, target, step, 2);
  std::vector<float> gradient(plain.size()), predictions(all.size()), sums(all.size() * shape.messageWidth);
  trainer.lastGradient(gradient);
  network::BlockScratch scratch;
  const network::NetworkWeights weights = trainer.use(network::WeightSet::current);
  net->predict(all, weights, predictions, scratch);
  net->aggregate(all, weights, sums, scratch);
  const auto moments = net->messageMoments(all, weights, scratch);

  const PlainNetwork reference = {halos, radius, shape, data, loss, Vector(plain.begin(), plain.end())};
  const network::NetworkBatch batch = {target, all.size(), done.edges, step};
  // predictions use the means of variational messages: no noise
  double total = 0, penalties = 0;
  size_t edges = 0;
  Vector expected(plain.size(), 0.0), sum(shape.messageWidth, 0.0), squares(shape.messageWidth, 0.0);
  for (const uint32_t i : all) {
    const PlainPass pass = passOf(reference, i, batch);
    total += pass.loss / static_cast<double>(all.size());
    penalties += pass.penalty;
    edges += pass.messages.size();
    for (size_t k = 0; k < expected.size(); ++k) expected[k] += pass.gradient[k];
    Vector means(shape.messageWidth, 0.0);
    for (const Vector& message : pass.messages)
      for (size_t n = 0; n < shape.messageWidth; ++n) {
        means[n] += message[n];
        sum[n] += message[n];
        squares[n] += message[n] * message[n];
      }
    for (size_t n = 0; n < shape.messageWidth; ++n)
      result.add("network, sums", sums[i * shape.messageWidth + n], means[n], 1 + std::fabs(means[n]));
    if (!shape.variational)
      result.add("network, predictions", predictions[i], pass.prediction, 1 + std::fabs(pass.prediction));
  }
  result.check("network, edges", done.edges == edges && moments.edges == edges);
  total += static_cast<double>(penalty) * penalties / static_cast<double>(edges);
  result.add("network, loss", done.loss, total, 1 + std::fabs(total));
  double norm = 0;
  for (const double g : expected) norm = std::max(norm, std::fabs(g));
  for (size_t k = 0; k < expected.size(); ++k) result.add("network, gradient", gradient[k], expected[k], norm);
  for (size_t n = 0; n < shape.messageWidth; ++n) {
    result.add("network, moments", moments.sum[n], sum[n], 1 + std::sqrt(squares[n] * static_cast<double>(edges)));
    result.add("network, moments", moments.squares[n], squares[n], 1 + squares[n]);
  }
}

}  // namespace

void compareNetworks(Comparison& result) {
  network::NetworkShape shape;
  shape.receiverInputs = 2;
  shape.edgeInputs = 5;
  shape.nodeInputs = 3;
  for (const bool silu : {false, true})
    for (const bool variational : {false, true})
      for (const bool huber : {false, true}) {
        shape.silu = silu;
        shape.variational = variational;
        shape.linearSkip = huber;
        // below and above one panel of 64 units, and a width of several vectors that is no multiple of any
        shape.edgeHidden = huber ? std::vector<size_t>{70, 19} : std::vector<size_t>{16};
        shape.nodeHidden = huber ? std::vector<size_t>{21, 130} : std::vector<size_t>{};
        shape.messageWidth = huber ? 18 : 3;
        for (const float penalty : {0.0f, 0.3f}) compareNetwork(result, shape, {huber, 0.7f}, penalty);
      }
}

}  // namespace halolaw::reference
