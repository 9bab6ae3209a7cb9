// A layer's matrix products, panel by panel: forward, back to its inputs, and by its weights and bias.
#pragma once

#include "aligned.h"
#include "graph_network_layout.h"

namespace halolaw {

class LayerProducts {
 public:
  explicit LayerProducts(const NetworkLayout& layout);

  /// out = finish(start + in * weights), [rows x layer.width]; startRow 0: one row of start for all. start may be out.
  void forward(const DenseLayer& layer, const float* weights, const float* in, size_t inRow, size_t rows, const float* start, size_t startRow,
               float* out, size_t outRow, Finish finish, float* slope, size_t slopeRow) const;
  /// inGradient = finish(outGradient * transposed weights), [rows x layer.inputs]
  void backward(const DenseLayer& layer, const float* transposed, const float* outGradient, size_t outRow, size_t rows, float* inGradient,
                size_t inRow, Finish finish, const float* slope, size_t slopeRow) const;
  /// Adds in^T * outGradient to the layer's weights in `gradient`.
  void weightGradient(const DenseLayer& layer, const float* in, size_t inRow, const float* outGradient, size_t outRow, size_t rows, float* gradient) const;
  /// Adds the sum over rows of outGradient to the layer's bias in `gradient`.
  void biasGradient(const DenseLayer& layer, const float* outGradient, size_t outRow, size_t rows, float* gradient) const;

 private:
  const GraphNetworkKernels& kernels_;
  Floats zeros_;
};

}  // namespace halolaw
