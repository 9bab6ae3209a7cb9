// The peak rate of the machine, as the scale of benchmarks.
#include <napi.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "binding/async_work.h"
#include "common/thread_pool.h"
#include "kernels/graph_network.h"

namespace halolaw::binding {

namespace {

/// measurePeak(threads): Promise<number>, multiply-adds on registers on all threads at once, GFLOP/s
Napi::Value measurePeak(const Napi::CallbackInfo& info) {
  const int threads = info[0].As<Napi::Number>().Int32Value();
  auto best = std::make_shared<double>(0);
  return AsyncWork::start(
      info.Env(),
      [=] {
        constexpr size_t kRepeats = 2000000;
        std::vector<std::vector<float>> sinks(static_cast<size_t>(threads), std::vector<float>(kernels::kGroup, 0.5f));
        for (int attempt = 0; attempt < 10; ++attempt) {
          for (std::vector<float>& sink : sinks) sink.assign(kernels::kGroup, 0.5f);
          std::vector<double> operations(static_cast<size_t>(threads));
          const auto start = std::chrono::steady_clock::now();
          parallelFor(static_cast<size_t>(threads), threads, [&](size_t block, int) {
            operations[block] = kernels::graphNetworkKernels().peak(kRepeats, sinks[block]);
          });
          const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
          double total = 0;
          for (double count : operations) total += count;
          *best = std::max(*best, total / seconds / 1e9);
        }
      },
      [=](Napi::Env env) { return Napi::Number::New(env, *best); });
}

}  // namespace

void registerPeak(Napi::Env env, Napi::Object exports) {
  exports.Set("measurePeak", Napi::Function::New(env, measurePeak, "measurePeak"));
}

}  // namespace halolaw::binding
