// Threads for the kernels. Work is cut into blocks that are the same for any number of threads, so that sums taken
// block by block, in block order, give the same bytes whatever ran where.
#pragma once

#include <cstddef>
#include <functional>

namespace halolaw {

/// Runs body(block, thread) for each block in [0, blocks), on `threads` threads (the caller's among them).
/// Blocks are handed out one at a time, in order; `thread` is in [0, threads). The first exception is thrown again here.
void parallelFor(size_t blocks, int threads, const std::function<void(size_t block, int thread)>& body);

}  // namespace halolaw
