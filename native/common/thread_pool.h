// Threads for the kernels. The blocks of a piece of work do not depend on the number of threads, so sums over blocks,
// in block order, give the same bytes on any number of threads.
#pragma once

#include <cstddef>
#include <type_traits>

namespace halolaw {

/// A reference to something called as body(block, thread), valid for one call; unlike std::function it takes no memory.
class BlockBody {
 public:
  template <class Body, class = std::enable_if_t<!std::is_same_v<std::decay_t<Body>, BlockBody>>>
  BlockBody(const Body& body)
      : body_(&body),
        call_([](const void* self, size_t block, int thread) { (*static_cast<const Body*>(self))(block, thread); }) {}

  void operator()(size_t block, int thread) const { call_(body_, block, thread); }

 private:
  const void* body_;
  void (*call_)(const void* self, size_t block, int thread);
};

/// Runs body(block, thread) for each block in [0, blocks), on `threads` threads including the caller's. Threads take
/// blocks one at a time, in order; `thread` is in [0, threads). Rethrows the first exception.
void parallelFor(size_t blocks, int threads, BlockBody body);

}  // namespace halolaw
