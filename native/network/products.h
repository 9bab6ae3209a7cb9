// A layer's matrix products, panel by panel: forward, back to its inputs, and by its weights and bias.
#pragma once

#include "common/aligned.h"
#include "common/span.h"
#include "network/layout.h"

namespace halolaw::network {

/// Destination of a product and its finish before the store; `slope` only if `finish` reads or writes it.
struct ProductResult {
  Rows<float> out;
  Finish finish = Finish::keep;
  Rows<float> slope = {};
};

/// Gradients are by the outputs of a layer, or, in `gradient`, by all weights (padded).
class LayerProducts {
 public:
  explicit LayerProducts(const NetworkLayout& layout);

  /// out = finish(start + in * weights), [in.count x layer.width]; start may be out.
  void forward(const DenseLayer& layer, Span<const float> weights, const Rows<const float>& in,
               const Rows<const float>& start, const ProductResult& to) const;
  /// The layer's bias as the start of every row.
  static Rows<const float> biasOf(const DenseLayer& layer, Span<const float> weights) {
    return {weights.part(layer.bias, layer.width), 0, 1};
  }
  /// to.out = finish(outGradient * transposed weights), [outGradient.count x layer.inputs]
  void backward(const DenseLayer& layer, Span<const float> transposed, const Rows<const float>& outGradient,
                const ProductResult& to) const;
  /// Adds in^T * outGradient to the layer's weights in `gradient`.
  void weightGradient(const DenseLayer& layer, const Rows<const float>& in, const Rows<const float>& outGradient,
                      Span<float> gradient) const;
  /// Adds the sum over rows of outGradient to the layer's bias in `gradient`.
  void biasGradient(const DenseLayer& layer, const Rows<const float>& outGradient, Span<float> gradient) const;

 private:
  const kernels::GraphNetworkKernels& kernels_;
  Floats zeros_;
};

}  // namespace halolaw::network
