// The graph network and its gradient, one receiver and one edge at a time, in double precision.
#pragma once

#include <vector>

#include "network/graph_network.h"
#include "reference/grid.h"

namespace halolaw::reference {

/// A pair input before standardisation (see src-main/gnn/network/features.ts).
double pairInput(const Halos& halos, uint32_t receiver, const Neighbour& pair, kernels::PairKind kind);

/// Standard normal noise of one component of one message (see src-main/gnn/network/noise.ts).
double messageNoise(uint32_t receiver, uint32_t sender, uint32_t step, uint32_t seed, uint32_t component);

/// A network over halos: shape, inputs and plain weights (the order of src-main/gnn/network/parameters.ts).
struct PlainNetwork {
  const Halos& halos;
  double radius;
  const network::NetworkShape& shape;
  const network::NetworkData& data;
  const network::NetworkLoss& loss;
  std::vector<double> weights;
};

struct PlainPass {
  double prediction = 0, loss = 0, penalty = 0;
  std::vector<double> sums;                   // of messages, not divided
  std::vector<std::vector<double>> messages;  // of each edge: means, then log-variances where variational
  std::vector<double> gradient;               // of loss / receivers + penalty, by the plain weights
};

/// Forward and backward for one receiver of a batch.
PlainPass passOf(const PlainNetwork& network, uint32_t receiver, const network::NetworkBatch& batch);

}  // namespace halolaw::reference
