// The arithmetic of the graph network for one block of edges: small matrix products with an activation at their end,
// sums over neighbours, pair inputs, Adam. Rows are edges (or receivers), columns are units, padded with zeros to
// kGroup.
#pragma once

#include <cstdint>

#include "common/span.h"
#include "kernels/neighbours.h"
#include "simd/isa.h"

namespace halolaw::kernels {

/// Columns come in groups of 16 floats: one AVX-512 vector, two of AVX2, four of SSE or NEON.
constexpr size_t kGroup = 16;
/// Weights lie in panels of at most four groups, so that a panel's row is contiguous.
constexpr size_t kPanelGroups = 4;
/// Every matrix of rows is writable for this many rows past its end.
constexpr size_t kRowSlack = 8;

/// What happens to a sum before it is stored.
enum class Finish {
  keep,
  relu,         // max(0, x)
  silu,         // x sigmoid(x), its derivative to `slope`
  whereActive,  // multiplied by 1 where slope > 0 (slope: the ReLU's own output)
  timesSlope    // multiplied by slope
};

/// c[m][n] = finish(start[m][n] + sum_k a[m][k] b[k][n]) for m < rows, k < depth, n < 16 groups.
/// a is read at a[m * aRow + k * aDepth], b at b[k * bDepth + n], start at start[m * startRow + n] (startRow 0: one row
/// for all), c and slope at [m * cRow + n] and [m * slopeRow + n]. start may be c. slope is empty where `finish` needs
/// none.
struct Product {
  size_t rows, depth, groups;
  Span<const float> a;
  size_t aRow, aDepth;
  Span<const float> b;
  size_t bDepth;
  Span<const float> start;
  size_t startRow;
  Span<float> c;
  size_t cRow;
  Finish finish;
  Span<float> slope;
  size_t slopeRow;
};

/// One Adam step (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019) and a moving average.
struct AdamStep {
  float rate, beta1, beta2, epsilon;
  /// 1 / (1 - beta^t)
  float correction1, correction2;
  float decay, averageDecay;
};

/// What an Adam step changes: weights, first and second moments of the gradient, average of the weights.
struct AdamState {
  Span<float> weights, first, second, average;
};

/// Kinds of pair inputs; the same numbers as in src-main/gnn/network/features.ts.
enum class PairKind : int32_t {
  r,
  logR,
  dx,
  dy,
  dz,
  cosReceiver,
  cosSender,
  relativeSpeed,
  radialVelocity,
  dvx,
  dvy,
  dvz,
  inverseR
};

/// Inputs of the edges of one receiver: senderInputs of each sender, then each pair input, standardised.
struct PairInputs {
  uint32_t receiver;
  NeighbourColumns pairs;
  Span<const float> senderTable;  // [halos x senderInputs]
  size_t senderInputs;
  Span<const PairKind> kinds;
  Span<const float> mean, inverseScale;  // by kind
  HaloVelocities velocities;             // empty when no kind needs them
  Rows<float> out;                       // [pairs x (senderInputs + kinds)]
};

/// Variational messages of one receiver's edges. A row of `outputs` holds the means, then the log-variances.
/// out[e][d] = mean + e^(logVariance / 2) noise, noise drawn by seed, step, receiver, sender and d alone.
struct MessageDraw {
  size_t width;
  Rows<const float> outputs;
  uint32_t receiver;
  Span<const uint32_t> sender;
  uint32_t seed, step;
  Rows<float> out;
};

/// The backward pass through a MessageDraw: replaces outputs with the loss's gradient by the outputs.
struct DrawnGradient {
  size_t width;
  Rows<float> outputs;
  Rows<const float> drawn;
  Span<const float> gradient;  // by each message, one row for all
  float weight;                // of the divergence, per edge
};

struct GraphNetworkKernels {
  void (*multiply)(const Product& product);
  void (*pairInputs)(const PairInputs& inputs);
  /// out[n] += sum over rows of in[row][n]
  void (*addRows)(Span<float> out, const Rows<const float>& in);
  /// out[row][n] = gradient[n] finished with slope[row][n]
  void (*spread)(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& slope, Finish finish);
  /// out[row][n] = gradient[n] + weight * sign(message[row][n]); returns the sum of |message|
  float (*spreadWithPenalty)(const Rows<float>& out, Span<const float> gradient, const Rows<const float>& message,
                             float weight);
  void (*drawMessages)(const MessageDraw& draw);
  /// Returns the sum of the divergences from N(0, 1): 1/2 (mean^2 + s^2 - log s^2 - 1).
  float (*drawnGradient)(const DrawnGradient& in);
  /// out[n] = sum over rows of parts[row][n], in the order of rows; whole vectors are written
  void (*addParts)(Span<float> out, const Rows<const float>& parts);
  void (*adam)(const AdamStep& step, Span<const float> gradient, const AdamState& state);
  /// sum += x, squares += x^2 over rows, in double
  void (*addMoments)(Span<double> sum, Span<double> squares, const Rows<const float>& in);
  /// divergence += 1/2 (mean^2 + s^2 - log s^2 - 1) over rows of means and log-variances
  void (*addDivergence)(Span<double> divergence, const Rows<const float>& in);
  /// Repeats independent multiply-adds on registers, which gives a core's peak rate. Returns the number of operations.
  double (*peak)(size_t repeats, Span<float> sink);
};

HL_DISPATCH(GraphNetworkKernels, graphNetworkKernels)

}  // namespace halolaw::kernels
