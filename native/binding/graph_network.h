// Numbers from JavaScript, and the network with the memory that it borrows.
#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "binding/arrays.h"
#include "common/thread_pool.h"
#include "network/trainer.h"

namespace halolaw::binding {

using namespace network;

inline std::vector<size_t> sizes(const Napi::Value& value) {
  std::vector<size_t> result;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t n = 0; n < array.Length(); ++n) result.push_back(array.Get(n).As<Napi::Number>().Uint32Value());
  return result;
}
inline float number(const Napi::Object& from, const char* name) {
  return from.Get(name).As<Napi::Number>().FloatValue();
}

/// A network with the memory that it borrows: everything that outlives a call while its work runs.
struct NetworkWithTables {
  /// Receivers per task of a pass over many receivers
  static constexpr size_t kReceiversPerBlock = 64;

  std::vector<float> receiverTable, senderTable, nodeTable, vx, vy, vz;
  std::unique_ptr<GraphNetworkTrainer> trainer;

  const GraphNetwork& network() const { return trainer->network(); }
  size_t plainSize() const { return network().layout().plainSize(); }
  static size_t blocksOf(size_t count) { return (count + kReceiversPerBlock - 1) / kReceiversPerBlock; }

  /// Receivers in blocks, in parallel: body(block's first, its count, scratch)
  template <class Body>
  void overBlocks(size_t count, int threads, const Body& body) {
    trainer->prepareThreads(threads);
    parallelFor(blocksOf(count), threads, [&](size_t block, int thread) {
      const size_t begin = block * kReceiversPerBlock;
      body(begin, std::min(kReceiversPerBlock, count - begin), trainer->scratch(thread));
    });
  }
};

/// Reads the options of src-main/gnn/engines/cpu/cpu.ts; tables are copied. Throws Napi::RangeError when they
/// do not fit.
std::shared_ptr<NetworkWithTables> networkFrom(const Napi::Object& options);

}  // namespace halolaw::binding
