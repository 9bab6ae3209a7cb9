#include "graph_network_products.h"

#include <algorithm>

namespace halolaw {

namespace {

constexpr size_t kPanel = kPanelGroups * kGroup;
constexpr size_t kDepthAtOnce = 128;  // a panel of so many rows stays in the first-level cache
constexpr size_t kRowsAtOnce = 64;    // rows of a weight gradient's sum that stay there

}  // namespace

LayerProducts::LayerProducts(const NetworkLayout& layout) : kernels_(graphNetworkKernels()) {
  size_t longest = kGroup;
  for (const DenseLayer* layer : layout.layers()) longest = std::max({longest, layer->width, paddedWidth(layer->inputs)});
  zeros_.assign(longest, 0.0f);
}

void LayerProducts::forward(const DenseLayer& layer, const float* weights, const float* in, size_t inRow, size_t rows, const float* start,
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

void LayerProducts::backward(const DenseLayer& layer, const float* transposed, const float* outGradient, size_t outRow, size_t rows,
                            float* inGradient, size_t inRow, Finish finish, const float* slope, size_t slopeRow) const {
  DenseLayer turned;
  turned.inputs = layer.outputs;
  turned.width = paddedWidth(layer.inputs);
  turned.weights = layer.transposed;
  forward(turned, transposed, outGradient, outRow, rows, zeros_.data(), 0, inGradient, inRow, finish, const_cast<float*>(slope), slopeRow);
}

void LayerProducts::weightGradient(const DenseLayer& layer, const float* in, size_t inRow, const float* outGradient, size_t outRow, size_t rows,
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

void LayerProducts::biasGradient(const DenseLayer& layer, const float* outGradient, size_t outRow, size_t rows, float* gradient) const {
  kernels_.addRows(gradient + layer.bias, outGradient, outRow, rows, layer.width);
}

}  // namespace halolaw
