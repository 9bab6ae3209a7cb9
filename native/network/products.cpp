#include "network/products.h"

#include <algorithm>

namespace halolaw::network {

namespace {

constexpr size_t kPanel = kPanelGroups * kGroup;
constexpr size_t kDepthAtOnce = 128;  // a panel of this many rows stays in the first-level cache
constexpr size_t kRowsAtOnce = 64;    // rows of a weight gradient's sum that stay there

}  // namespace

LayerProducts::LayerProducts(const NetworkLayout& layout) : kernels_(kernels::graphNetworkKernels()) {
  size_t longest = kGroup;
  for (const DenseLayer* layer : layout.layers())
    longest = std::max({longest, layer->width, paddedWidth(layer->inputs)});
  zeros_.assign(longest, 0.0f);
}

void LayerProducts::forward(const DenseLayer& layer, Span<const float> weights, const Rows<const float>& in,
                            const Rows<const float>& start, const ProductResult& to) const {
  const bool hasSlope = !to.slope.values.empty();
  for (size_t panel = 0; panel < layer.width; panel += kPanel) {
    const size_t columns = std::min(kPanel, layer.width - panel);
    const Span<float> out = to.out.values.from(panel);
    size_t k = 0;
    do {
      const size_t depth = std::min(kDepthAtOnce, layer.inputs - k);
      const bool first = k == 0, last = k + depth == layer.inputs;
      kernels_.multiply({in.count, depth, columns / kGroup, in.values.from(k), in.row, 1,
                         weights.from(layer.weights + panel * layer.inputs + k * columns), columns,
                         first ? start.values.from(panel) : Span<const float>(out), first ? start.row : to.out.row, out,
                         to.out.row, last ? to.finish : Finish::keep,
                         hasSlope ? to.slope.values.from(panel) : Span<float>(), to.slope.row});
      k += depth;
    } while (k < layer.inputs);
  }
}

void LayerProducts::backward(const DenseLayer& layer, Span<const float> transposed,
                             const Rows<const float>& outGradient, const ProductResult& to) const {
  DenseLayer turned;
  turned.inputs = layer.outputs;
  turned.width = paddedWidth(layer.inputs);
  turned.weights = layer.transposed;
  forward(turned, transposed, outGradient, {zeros_, 0, 1}, to);
}

void LayerProducts::weightGradient(const DenseLayer& layer, const Rows<const float>& in,
                                   const Rows<const float>& outGradient, Span<float> gradient) const {
  for (size_t row = 0; row < outGradient.count; row += kRowsAtOnce) {
    const size_t depth = std::min(kRowsAtOnce, outGradient.count - row);
    for (size_t panel = 0; panel < layer.width; panel += kPanel) {
      const size_t columns = std::min(kPanel, layer.width - panel);
      const Span<float> to = gradient.from(layer.weights + panel * layer.inputs);
      kernels_.multiply({layer.inputs,
                         depth,
                         columns / kGroup,
                         in.values.from(row * in.row),
                         1,
                         in.row,
                         outGradient.values.from(row * outGradient.row + panel),
                         outGradient.row,
                         to,
                         columns,
                         to,
                         columns,
                         Finish::keep,
                         {},
                         0});
    }
  }
}

void LayerProducts::biasGradient(const DenseLayer& layer, const Rows<const float>& outGradient,
                                 Span<float> gradient) const {
  kernels_.addRows(gradient.part(layer.bias, layer.width), outGradient);
}

}  // namespace halolaw::network
