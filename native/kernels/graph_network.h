// The arithmetic of the graph network for one block of edges: small matrix products with an activation at their end, sums
// over neighbours, pair inputs, Adam. Rows are edges (or receivers), columns are units, padded with zeros to kGroup.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../isa.h"

namespace halolaw {

/// Columns come in groups of 16 floats: one AVX-512 vector, two of AVX2, four of SSE or NEON.
constexpr size_t kGroup = 16;
/// Weights lie in panels of at most four groups, so that a panel's row is contiguous.
constexpr size_t kPanelGroups = 4;
/// Every matrix of rows is writable for this many rows past its end.
constexpr size_t kRowSlack = 8;

/// What happens to a sum before it is stored.
enum class Finish {
  keep,
  relu,        // max(0, x)
  silu,        // x sigmoid(x), its derivative to `slope`
  whereActive, // multiplied by 1 where slope > 0 (slope: the ReLU's own output)
  timesSlope   // multiplied by slope
};

/// c[m][n] = finish(start[m][n] + sum_k a[m][k] b[k][n]) for m < rows, k < depth, n < 16 groups.
/// a is read at a[m * aRow + k * aDepth], b at b[k * bDepth + n], start at start[m * startRow + n] (startRow 0: one row
/// for all), c and slope at [m * cRow + n] and [m * slopeRow + n]. start may be c.
struct Product {
  size_t rows, depth, groups;
  const float* a;
  size_t aRow, aDepth;
  const float* b;
  size_t bDepth;
  const float* start;
  size_t startRow;
  float* c;
  size_t cRow;
  Finish finish;
  float* slope;
  size_t slopeRow;
};

/// One Adam step (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019) and a moving average.
struct AdamStep {
  float rate, beta1, beta2, epsilon;
  /// 1 / (1 - beta^t)
  float correction1, correction2;
  float decay, averageDecay;
};

/// What a pair input is; the same numbers as in src-main/gnn/network/features.ts.
enum class PairKind : int32_t { r, logR, dx, dy, dz, cosReceiver, cosSender, relativeSpeed, radialVelocity, dvx, dvy, dvz, inverseR };

/// Inputs of the edges of one receiver: senderInputs of each sender, then each pair input, standardised.
struct PairInputs {
  size_t count;
  uint32_t receiver;
  const uint32_t* sender;
  const float *dx, *dy, *dz, *r;
  const float* senderTable;  // [halos x senderInputs]
  size_t senderInputs, pairInputs;
  const PairKind* kinds;
  const float *mean, *inverseScale;
  const float *vx, *vy, *vz;  // 1000 km/s; null when no kind needs them
  float* out;
  size_t outRow;
};

/// Variational messages of one receiver's edges. A row of `outputs` holds the means, then the log-variances.
/// out[e][d] = mean + e^(logVariance / 2) noise, noise drawn by seed, step, receiver, sender and d alone.
struct MessageDraw {
  size_t rows, width;
  const float* outputs;
  size_t outputRow;
  uint32_t receiver;
  const uint32_t* sender;
  uint32_t seed, step;
  float* out;
  size_t outRow;
};

/// The way back through a MessageDraw: outputs become the loss's gradient by themselves.
struct DrawnGradient {
  size_t rows, width;
  float* outputs;
  size_t outputRow;
  const float* drawn;
  size_t drawnRow;
  const float* gradient;  // by each message, one row for all
  float weight;           // of the divergence, an edge
};

struct GraphNetworkKernels {
  void (*multiply)(const Product& product);
  void (*pairInputs)(const PairInputs& inputs);
  /// out[n] += sum over rows of in[row][n]
  void (*addRows)(float* out, const float* in, size_t inRow, size_t rows, size_t width);
  /// out[row][n] = gradient[n] finished with slope[row][n]
  void (*spread)(float* out, size_t outRow, const float* gradient, const float* slope, size_t slopeRow, size_t rows, size_t width, Finish finish);
  /// out[row][n] = gradient[n] + weight * sign(message[row][n]); returns the sum of |message|
  float (*spreadWithPenalty)(float* out, const float* gradient, const float* message, size_t row, size_t rows, size_t width, float weight);
  void (*drawMessages)(const MessageDraw& draw);
  /// Returns the sum of the divergences from N(0, 1): 1/2 (mean^2 + s^2 - log s^2 - 1).
  float (*drawnGradient)(const DrawnGradient& in);
  /// out[n] = sum over parts of part[p][n], in the order of p
  void (*addParts)(float* out, const float* parts, size_t partSize, size_t count, size_t width);
  void (*adam)(const AdamStep& step, const float* gradient, float* weights, float* first, float* second, float* average, size_t count);
  /// sum += x, squares += x^2 over rows, in double
  void (*addMoments)(double* sum, double* squares, const float* in, size_t inRow, size_t rows, size_t width);
  /// divergence += 1/2 (mean^2 + s^2 - log s^2 - 1) over rows of means and log-variances
  void (*addDivergence)(double* divergence, const float* in, size_t inRow, size_t rows, size_t width);
  /// Repeats independent multiply-adds on registers: what a core does at most. Returns the number of operations.
  double (*peak)(size_t repeats, float* sink);
};

HL_DISPATCH(GraphNetworkKernels, graphNetworkKernels)

}  // namespace halolaw
