#include "network/layout.h"

#include <algorithm>

namespace halolaw::network {

namespace {
constexpr size_t kPanel = kPanelGroups * kGroup;
}

size_t DenseLayer::at(size_t inputs, size_t width, size_t input, size_t output) {
  const size_t panel = output / kPanel * kPanel;
  return panel * inputs + input * std::min(kPanel, width - panel) + (output - panel);
}

NetworkLayout::NetworkLayout(const NetworkShape& shape) {
  const size_t first = shape.edgeHidden.front();
  receiver = place(shape.receiverInputs, first, Bias::present);
  edge = place(shape.edgeInputs, first, Bias::none);
  for (size_t l = 1; l < shape.edgeHidden.size(); ++l)
    hidden.push_back(place(shape.edgeHidden[l - 1], shape.edgeHidden[l], Bias::present));
  message = place(shape.edgeHidden.back(), shape.messageOutputs(), Bias::present);
  size_t inputs = shape.messageWidth + shape.nodeInputs;
  for (size_t units : shape.nodeHidden) {
    node.push_back(place(inputs, units, Bias::present));
    inputs = units;
  }
  node.push_back(place(inputs, 1, Bias::present));
  skip = place(shape.linearSkip ? shape.messageWidth + shape.nodeInputs : 0, 1, Bias::none);

  layers_ = {&receiver, &edge};
  for (const DenseLayer& layer : hidden) layers_.push_back(&layer);
  layers_.push_back(&message);
  for (const DenseLayer& layer : node) layers_.push_back(&layer);
  layers_.push_back(&skip);
}

DenseLayer NetworkLayout::place(size_t inputs, size_t outputs, Bias bias) {
  DenseLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.width = paddedWidth(outputs);
  layer.weights = size_;
  size_ += layer.weightCount();
  layer.hasBias = bias == Bias::present;
  layer.bias = size_;
  if (layer.hasBias) size_ += layer.width;
  layer.transposed = transposedSize_;
  transposedSize_ += outputs * paddedWidth(inputs);
  return layer;
}

size_t NetworkLayout::plainSize() const {
  size_t count = 0;
  for (const DenseLayer* layer : layers_)
    count += layer->inputs * layer->outputs + (layer->hasBias ? layer->outputs : 0);
  return count;
}

void NetworkLayout::fromPlain(Span<const float> plain, Span<float> padded) const {
  std::fill_n(padded.data(), size_, 0.0f);
  size_t next = 0;
  for (const DenseLayer* layer : layers_) {
    for (size_t i = 0; i < layer->inputs; ++i)
      for (size_t o = 0; o < layer->outputs; ++o)
        padded[layer->weights + DenseLayer::at(layer->inputs, layer->width, i, o)] = plain[next++];
    if (layer->hasBias)
      for (size_t o = 0; o < layer->outputs; ++o) padded[layer->bias + o] = plain[next++];
  }
}

void NetworkLayout::toPlain(Span<const float> padded, Span<float> plain) const {
  size_t next = 0;
  for (const DenseLayer* layer : layers_) {
    for (size_t i = 0; i < layer->inputs; ++i)
      for (size_t o = 0; o < layer->outputs; ++o)
        plain[next++] = padded[layer->weights + DenseLayer::at(layer->inputs, layer->width, i, o)];
    if (layer->hasBias)
      for (size_t o = 0; o < layer->outputs; ++o) plain[next++] = padded[layer->bias + o];
  }
}

void NetworkLayout::transpose(const DenseLayer& layer, Span<const float> padded, Span<float> transposed) const {
  const size_t width = paddedWidth(layer.inputs);
  const float* from = padded.part(layer.weights, layer.weightCount()).data();
  float* to = transposed.part(layer.transposed, layer.outputs * width).data();
  for (size_t panel = 0; panel < layer.width; panel += kPanel) {
    const size_t columns = std::min(kPanel, layer.width - panel);
    const size_t used = std::min(kPanel, layer.outputs - panel);
    for (size_t i = 0; i < layer.inputs; ++i)
      for (size_t o = 0; o < used; ++o)
        to[DenseLayer::at(layer.outputs, width, panel + o, i)] = from[panel * layer.inputs + i * columns + o];
  }
}

}  // namespace halolaw::network
