#include "network/trainer.h"

#include <algorithm>
#include <cmath>

#include "common/thread_pool.h"

namespace halolaw::network {

namespace {

constexpr size_t kSegment = 4096;  // weights that one task of the update handles
constexpr size_t kMaxParts = 32;
constexpr size_t kEdgesPerPart = 1024;    // fewer would spend more on adding the parts than on the edges
constexpr size_t kPartBytes = 256 << 20;  // of all parts' gradients together

}  // namespace

GraphNetworkTrainer::GraphNetworkTrainer(std::shared_ptr<const GraphNetwork> network) : network_(std::move(network)) {
  const NetworkLayout& layout = network_->layout();
  for (Floats* vector : {&weights_, &average_, &first_, &second_, &gradient_}) vector->assign(layout.size(), 0.0f);
  transposed_.assign(layout.transposedSize() + kGroup, 0.0f);
  for (const DenseLayer* layer : layout.layers()) {
    for (size_t n = 0; n < layer->weightCount(); n += kSegment)
      segments_.push_back({layer->weights + n, std::min(kSegment, layer->weightCount() - n), true});
    if (layer->hasBias) segments_.push_back({layer->bias, layer->width, false});
  }
  const CellGrid& grid = *network_->data().grid;
  place_.resize(grid.halos());
  degree_.assign(grid.halos(), UINT32_MAX);
  for (size_t n = 0; n < place_.size(); ++n) place_[grid.cellOrder()[n]] = static_cast<uint32_t>(n);
}

void GraphNetworkTrainer::setWeights(Span<const float> current, Span<const float> average) {
  network_->layout().fromPlain(current, weights_);
  network_->layout().fromPlain(average, average_);
  transposeAll();
}

void GraphNetworkTrainer::setMoments(Span<const float> moments, uint64_t step) {
  network_->layout().fromPlain(moments, first_);
  network_->layout().fromPlain(moments.from(network_->layout().plainSize()), second_);
  steps_ = step;
}

void GraphNetworkTrainer::weights(WeightSet set, Span<float> plain) const {
  network_->layout().toPlain(set == WeightSet::current ? weights_ : average_, plain);
}

void GraphNetworkTrainer::moments(Span<float> plain) const {
  network_->layout().toPlain(first_, plain);
  network_->layout().toPlain(second_, plain.from(network_->layout().plainSize()));
}

void GraphNetworkTrainer::lastGradient(Span<float> plain) const { network_->layout().toPlain(gradient_, plain); }

NetworkWeights GraphNetworkTrainer::use(WeightSet set) const {
  return {set == WeightSet::current ? weights_ : average_, transposed_};
}

void GraphNetworkTrainer::prepareThreads(int threads) {
  while (scratches_.size() < static_cast<size_t>(std::max(1, threads)))
    scratches_.push_back(std::make_unique<BlockScratch>());
}

BlockScratch& GraphNetworkTrainer::scratch(int thread) { return *scratches_[static_cast<size_t>(thread)]; }

void GraphNetworkTrainer::transposeAll() {
  for (const DenseLayer* layer : network_->layout().layers())
    network_->layout().transpose(*layer, weights_, transposed_);
}

GraphNetworkTrainer::StepResult GraphNetworkTrainer::gradient(Span<uint32_t> batch, Span<const float> target,
                                                              const StepLoss& step, int threads) {
  prepareThreads(threads);
  const size_t count = batch.size();
  std::sort(batch.begin(), batch.end(), [&](uint32_t a, uint32_t b) { return place_[a] < place_[b]; });
  const CellGrid& grid = *network_->data().grid;
  parallelFor((count + 63) / 64, threads, [&](size_t block, int) {
    for (size_t n = block * 64; n < std::min(count, block * 64 + 64); ++n)
      if (degree_[batch[n]] == UINT32_MAX) degree_[batch[n]] = grid.degree(batch[n]);
  });
  size_t edges = 0;
  for (size_t n = 0; n < count; ++n) edges += degree_[batch[n]];

  const size_t size = gradient_.size(), affordable = std::max<size_t>(1, kPartBytes / sizeof(float) / size);
  const size_t parts = std::max<size_t>(1, std::min({kMaxParts, affordable, count, edges / kEdgesPerPart}));
  if (parts_.size() < parts * size) parts_.resize(parts * size);
  std::vector<size_t>& first = partStart_;
  first.assign(parts + 1, count);
  first[0] = 0;
  for (size_t n = 0, seen = 0, part = 1; n < count && part < parts; ++n) {
    seen += degree_[batch[n]];
    while (part < parts && seen * parts >= part * edges) first[part++] = n + 1;
  }
  shares_.assign(parts, {});
  const NetworkWeights weights = use(WeightSet::current);
  parallelFor(parts, threads, [&](size_t part, int thread) {
    const Span<float> gradient = Span<float>(parts_).part(part * size, size);
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    shares_[part] = network_->learn(batch.part(first[part], first[part + 1] - first[part]),
                                    {target, count, edges, step}, weights, gradient, scratch(thread));
  });
  const size_t slices = (size + kSegment - 1) / kSegment;
  parallelFor(slices, threads, [&](size_t slice, int) {
    const size_t begin = slice * kSegment, width = std::min(kSegment, size - begin);
    kernels::graphNetworkKernels().addParts(Span<float>(gradient_).part(begin, width),
                                            {Span<const float>(parts_).from(begin), size, parts});
  });
  StepResult result;
  double penalty = 0;
  for (const GraphNetwork::Share& share : shares_) {
    result.loss += share.loss / static_cast<double>(count);
    penalty += share.penalty;
    result.edges += share.edges;
  }
  if (result.edges > 0) result.loss += static_cast<double>(step.penalty) * penalty / static_cast<double>(result.edges);
  return result;
}

void GraphNetworkTrainer::update(float rate, const AdamOptions& options, int threads) {
  ++steps_;
  const double t = static_cast<double>(steps_);
  kernels::AdamStep step;
  step.rate = rate;
  step.beta1 = options.beta1;
  step.beta2 = options.beta2;
  step.epsilon = options.epsilon;
  step.correction1 = static_cast<float>(1 / (1 - std::pow(static_cast<double>(options.beta1), t)));
  step.correction2 = static_cast<float>(1 / (1 - std::pow(static_cast<double>(options.beta2), t)));
  // A young average follows the weights closely, so that it forgets the random start.
  step.averageDecay = std::min(options.averageDecay, static_cast<float>((1 + t) / (10 + t)));
  if (options.clipNorm > 0) {
    double squares = 0;
    for (float g : gradient_) squares += static_cast<double>(g) * static_cast<double>(g);
    const double norm = std::sqrt(squares);
    if (norm > static_cast<double>(options.clipNorm)) {
      const float shrink = static_cast<float>(static_cast<double>(options.clipNorm) / norm);
      for (float& g : gradient_) g *= shrink;
    }
  }
  if (!(options.averageDecay > 0)) step.averageDecay = 0;
  parallelFor(segments_.size(), segments_.size() > 8 ? threads : 1, [&](size_t n, int) {
    const Segment& segment = segments_[n];
    kernels::AdamStep ofSegment = step;
    ofSegment.decay = segment.decays ? options.weightDecay : 0;
    const auto part = [&](Floats& values) { return Span<float>(values).part(segment.begin, segment.count); };
    kernels::graphNetworkKernels().adam(ofSegment, part(gradient_),
                                        {part(weights_), part(first_), part(second_), part(average_)});
  });
  const std::vector<const DenseLayer*>& layers = network_->layout().layers();
  parallelFor(layers.size(), network_->layout().size() > 65536 ? threads : 1,
              [&](size_t n, int) { network_->layout().transpose(*layers[n], weights_, transposed_); });
}

}  // namespace halolaw::network
