// Mini-batches of receivers. The cut of a batch into parts depends only on its receivers, not on the number of threads,
// and the parts' gradients are added in order, so that the same seed gives the same bytes on any number of threads.
// Then Adam.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "network/graph_network.h"

namespace halolaw::network {

struct AdamOptions {
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
  float weightDecay = 0;   // decoupled; not applied to biases
  float averageDecay = 0;  // of the moving average of weights; 0: the average is the weights
  float clipNorm = 0;      // largest norm of a gradient; 0: no limit
};

/// Which weights a forward pass uses.
enum class WeightSet { current, average };

class GraphNetworkTrainer {
 public:
  explicit GraphNetworkTrainer(std::shared_ptr<const GraphNetwork> network);

  const GraphNetwork& network() const { return *network_; }
  /// Number of neighbours of every halo, if already known
  void setDegrees(std::vector<uint32_t> degrees) { degree_ = std::move(degrees); }

  /// Plain vectors (see NetworkLayout). Moments are first, then second, each as long as the weights.
  void setWeights(Span<const float> current, Span<const float> average);
  void setMoments(Span<const float> moments, uint64_t step);
  void weights(WeightSet set, Span<float> plain) const;
  void moments(Span<float> plain) const;

  struct StepResult {
    double loss = 0;  // mean loss of the receivers + penalty, standardised units
    size_t edges = 0;
  };
  /// Gradient of one batch; no weight changes. The batch is reordered so that near receivers follow each other.
  StepResult gradient(Span<uint32_t> batch, Span<const float> target, const StepLoss& step, int threads);
  /// One step with the gradient just found. Numbers of steps count from 1.
  void update(float rate, const AdamOptions& options, int threads);
  void lastGradient(Span<float> plain) const;
  uint64_t steps() const { return steps_; }

  NetworkWeights use(WeightSet set) const;
  /// Scratch memory of a thread, reused from call to call.
  BlockScratch& scratch(int thread);
  void prepareThreads(int threads);

 private:
  void transposeAll();

  std::shared_ptr<const GraphNetwork> network_;
  Floats weights_, average_, transposed_, first_, second_, gradient_, parts_;
  std::vector<uint32_t> place_;  // of each halo in the cell order
  std::vector<uint32_t> degree_;
  std::vector<size_t> partStart_;  // of a batch: the first receiver of each part, and the end
  std::vector<GraphNetwork::Share> shares_;
  std::vector<std::unique_ptr<BlockScratch>> scratches_;
  struct Segment {
    size_t begin, count;
    bool decays;
  };
  std::vector<Segment> segments_;
  uint64_t steps_ = 0;
};

}  // namespace halolaw::network
