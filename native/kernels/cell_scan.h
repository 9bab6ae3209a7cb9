// Tests runs of senders, sorted by cell, against one receiver.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/neighbours.h"
#include "simd/isa.h"

namespace halolaw::kernels {

/// Senders [begin, end) of the sorted order, all seen through one periodic image. The separation is (x_j + a) - b in
/// float: the shift applies to the one of sender and receiver in the upper half, so that the shifted number is small
/// and loses few digits.
struct CellRun {
  uint32_t begin, end;
  float ax, ay, az;
  float bx, by, bz;
  int8_t imageX, imageY, imageZ;  // the sender's image: x_j + image * box
};

/// `decide` computes in double precision whether a pair is an edge, for the few pairs that their float distance leaves
/// undecided.
struct CellScan {
  Span<const float> x, y, z;  // sorted, readable one vector past the last halo
  Span<const uint32_t> original;
  Span<const CellRun> runs;
  uint32_t self;        // the receiver's place in the sorted order
  float surelyInside;   // r^2 below this: a neighbour
  float surelyOutside;  // r^2 from this on: none
  bool (*decide)(const void* context, uint32_t sender, const CellRun& run);
  const void* context;
};

struct CellScanKernels {
  /// Writes the neighbours' columns and returns how many; each column has room for all senders of the runs and a vector
  /// more.
  size_t (*find)(const CellScan& scan, const NeighbourRoom& out);
  size_t (*count)(const CellScan& scan);
};

HL_DISPATCH(CellScanKernels, cellScanKernels)

}  // namespace halolaw::kernels
