// Arrays and numbers between JavaScript and the graph network, and what a network is made of there.
#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "graph_network_trainer.h"
#include "thread_pool.h"

namespace halolaw {

template <class T>
std::vector<T> copied(const Napi::Value& value) {
  const Napi::TypedArrayOf<T> array = value.As<Napi::TypedArrayOf<T>>();
  return std::vector<T>(array.Data(), array.Data() + array.ElementLength());
}
template <class T>
std::shared_ptr<std::vector<T>> shared(const Napi::Value& value) {
  return std::make_shared<std::vector<T>>(copied<T>(value));
}
inline Napi::Float32Array float32Array(Napi::Env env, const std::vector<float>& values) {
  Napi::Float32Array array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}
inline std::vector<size_t> sizes(const Napi::Value& value) {
  std::vector<size_t> result;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t n = 0; n < array.Length(); ++n) result.push_back(array.Get(n).As<Napi::Number>().Uint32Value());
  return result;
}
inline float number(const Napi::Object& from, const char* name) { return from.Get(name).As<Napi::Number>().FloatValue(); }

/// A network with the memory that it borrows: all that outlives a call while its work runs.
struct NetworkWithTables {
  /// Receivers that one task of a pass over many takes
  static constexpr size_t kReceiversPerBlock = 64;

  std::vector<float> receiverTable, senderTable, nodeTable, vx, vy, vz;
  std::unique_ptr<GraphNetworkTrainer> trainer;

  const GraphNetwork& network() const { return trainer->network(); }
  size_t plainSize() const { return network().layout().plainSize(); }
  static size_t blocksOf(size_t count) { return (count + kReceiversPerBlock - 1) / kReceiversPerBlock; }

  /// Receivers in blocks, in parallel: body(block's first, its count, workspace)
  template <class Body>
  void overBlocks(size_t count, int threads, const Body& body) {
    trainer->prepareThreads(threads);
    parallelFor(blocksOf(count), threads, [&](size_t block, int thread) {
      const size_t begin = block * kReceiversPerBlock;
      body(begin, std::min(kReceiversPerBlock, count - begin), trainer->workspace(thread));
    });
  }
};

/// Reads the options that src-main/gnn/engines/cpu/cpu.ts gives; tables are copied. Throws Napi::RangeError when they do not fit.
std::shared_ptr<NetworkWithTables> networkFrom(const Napi::Object& options);

}  // namespace halolaw
