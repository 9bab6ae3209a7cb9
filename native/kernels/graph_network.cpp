// Register-blocked matrix products: a tile of the result lives in registers while the sum runs, inputs are broadcast,
// weights are loaded a vector at a time.
#include "kernels/graph_network.h"

#include "kernels/graph_network_rows.h"
#include "simd/simd.h"

namespace halolaw::kernels::HL_ISA {

using namespace simd::HL_ISA;

namespace {

#if HL_VECTOR_BYTES == 64 || defined(__aarch64__)
constexpr int kMaxVectors = 4;  // 32 registers: 6 x 4 sums, 4 weights, 1 input
#else
constexpr int kMaxVectors = 2;  // 16 registers: 6 x 2 sums, 2 weights, 1 input
#endif
constexpr int kMaxRows = 6;
constexpr int kMaxRowsNarrow = 8;

template <Finish finish>
constexpr bool usesSlope = finish != Finish::keep&& finish != Finish::relu;

template <Finish finish>
static inline vfloat finished(vfloat x, float* slope) {
  if constexpr (finish == Finish::relu) return rectified(x);
  if constexpr (finish == Finish::whereActive) return whereActive(x, load(slope));
  if constexpr (finish == Finish::timesSlope) return x * load(slope);
  if constexpr (finish == Finish::silu) {
    const vfloat sigmoid = logistic(x), value = x * sigmoid;
    store(slope, sigmoid + value * (1.0f - sigmoid));
    return value;
  }
  return x;
}

/// Unrolls before any other loop transformation. Only then does the tile stay in registers from its first load to its
/// last store; otherwise it goes through memory.
#define HL_EACH(i, count) _Pragma("GCC unroll 8") for (int i = 0; i < count; ++i)

/// The finish of a sum is a template parameter for the same reason.
template <Finish finish, int Rows, int Vectors>
void tile(const Product& p, size_t m0, size_t n0) {
  const size_t aRow = p.aRow, aDepth = p.aDepth, bDepth = p.bDepth, startRow = p.startRow, cRow = p.cRow,
               slopeRow = p.slopeRow;
  const float *a = p.a.data() + m0 * aRow, *b = p.b.data() + n0, *start = p.start.data() + m0 * startRow + n0;
  float *c = p.c.data() + m0 * cRow + n0, *slope = p.slope.data();
  if constexpr (usesSlope<finish>) slope += m0 * slopeRow + n0;
  vfloat sum[Rows][Vectors];
  HL_EACH (m, Rows)
    HL_EACH (v, Vectors) sum[m][v] = load(start + m * startRow + v * kFloatLanes);
  for (size_t k = p.depth; k > 0; --k) {
    vfloat weight[Vectors];
    HL_EACH (v, Vectors) weight[v] = load(b + v * kFloatLanes);
    HL_EACH (m, Rows) {
      const vfloat input = broadcast(a[m * aRow]);
      HL_EACH (v, Vectors) sum[m][v] += input * weight[v];
    }
    a += aDepth;
    b += bDepth;
  }
  HL_EACH (m, Rows)
    HL_EACH (v, Vectors)
      store(c + m * cRow + v * kFloatLanes,
            finished<finish>(sum[m][v], usesSlope<finish> ? slope + m * slopeRow + v * kFloatLanes : nullptr));
}

typedef void (*Tile)(const Product&, size_t, size_t);

/// Tiles of one width by their height; null above kMaxRows unless they are a vector wide.
template <Finish f, int V>
struct Heights {
  static constexpr Tile tall[2] = {nullptr, nullptr};
};
template <Finish f>
struct Heights<f, 1> {
  static constexpr Tile tall[2] = {tile<f, 7, 1>, tile<f, 8, 1>};
};
// clang-format off
#define HL_WIDTH(f, V) \
  {tile<f, 1, V>, tile<f, 2, V>, tile<f, 3, V>, tile<f, 4, V>, tile<f, 5, V>, tile<f, 6, V>, \
   Heights<f, V>::tall[0], Heights<f, V>::tall[1]}
#if HL_VECTOR_BYTES == 64 || defined(__aarch64__)
#define HL_FINISH(f) {HL_WIDTH(f, 1), HL_WIDTH(f, 2), HL_WIDTH(f, 3), HL_WIDTH(f, 4)}
#else
#define HL_FINISH(f) {HL_WIDTH(f, 1), HL_WIDTH(f, 2)}
#endif
// clang-format on

/// kTiles[finish][vectors - 1][rows - 1]
constexpr Tile kTiles[5][kMaxVectors][kMaxRowsNarrow] = {HL_FINISH(Finish::keep), HL_FINISH(Finish::relu),
                                                         HL_FINISH(Finish::silu), HL_FINISH(Finish::whereActive),
                                                         HL_FINISH(Finish::timesSlope)};

/// Whether a matrix of `rows` rows and `width` columns lies in the values; there may be none.
template <class T>
HL_INLINE bool holds(Span<T> values, size_t row, size_t rows, size_t width) {
  return rows == 0 || width == 0 || (rows - 1) * row + width <= values.size();
}

void multiply(const Product& p) {
  HL_EXPECT(p.aDepth == 1 ? holds(p.a, p.aRow, p.rows, p.depth) : holds(p.a, p.aDepth, p.depth, p.rows));
  HL_EXPECT(holds(p.b, p.bDepth, p.depth, p.groups * kGroup));
  HL_EXPECT(holds(p.start, p.startRow, p.rows, p.groups * kGroup) && holds(p.c, p.cRow, p.rows, p.groups * kGroup));
  const size_t vectors = p.groups * kGroup / kFloatLanes;
  for (size_t v = 0; v < vectors;) {
    const size_t wide = vectors - v < kMaxVectors ? vectors - v : kMaxVectors;
    const size_t high = wide == 1 ? kMaxRowsNarrow : kMaxRows;
    const Tile* column = kTiles[static_cast<int>(p.finish)][wide - 1];
    // Tiles of nearly equal height: a last one of a single row would wait for its own sums.
    size_t tiles = (p.rows + high - 1) / high;
    for (size_t m = 0; tiles > 0; --tiles) {
      const size_t rows = (p.rows - m + tiles - 1) / tiles;
      column[rows - 1](p, m, v * kFloatLanes);
      m += rows;
    }
    v += wide;
  }
}

/// Independent chains of multiply-adds, as many as a tile has: enough to hide their latency.
double peak(size_t repeats, Span<float> sink) {
  vfloat sum[kMaxRows][kMaxVectors];
  for (int m = 0; m < kMaxRows; ++m)
    for (int v = 0; v < kMaxVectors; ++v) sum[m][v] = broadcast(static_cast<float>(m - v));
  const vfloat factor = broadcast(sink[0]), term = broadcast(sink[1]);
  for (size_t n = repeats; n > 0; --n)
    for (int m = 0; m < kMaxRows; ++m)
      for (int v = 0; v < kMaxVectors; ++v) sum[m][v] = sum[m][v] * factor + term;
  vfloat total = {};
  for (int m = 0; m < kMaxRows; ++m)
    for (int v = 0; v < kMaxVectors; ++v) total += sum[m][v];
  HL_EXPECT(sink.size() >= kFloatLanes);
  store(sink.data(), total);
  return 2.0 * kMaxRows * kMaxVectors * kFloatLanes * static_cast<double>(repeats);
}

}  // namespace

const GraphNetworkKernels& graphNetworkKernels() {
  static const GraphNetworkKernels kernels = {multiply,      pairInputs,    addRows,  spread, spreadWithPenalty,
                                              drawMessages,  drawnGradient, addParts, adam,   addMoments,
                                              addDivergence, peak};
  return kernels;
}

}  // namespace halolaw::kernels::HL_ISA
