// The tests' addon: compares the kernels of one instruction set with plain loops in double precision. A separate addon
// keeps test code out of Halolaw's addon and out of its installation's compile step.
#include <napi.h>

#include "reference/comparison.h"
#include "simd/isa.h"

namespace {

using namespace halolaw;

/// compare(instructionSet) -> { kernel: largest difference }; null where this processor lacks the instruction set
Napi::Value compare(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>();
  for (simd::Isa isa : {simd::Isa::base, simd::Isa::avx2, simd::Isa::avx512}) {
    if (name != simd::isaName(isa)) continue;
    if (!simd::useIsa(isa)) return info.Env().Null();
    reference::Comparison result;
    reference::compareGrid(result);
    reference::comparePairColumns(result);
    reference::compareExpressions(result);
    reference::compareFits(result);
    reference::compareRows(result);
    reference::compareNetworks(result);
    Napi::Object worst = Napi::Object::New(info.Env());
    for (const auto& [kernel, difference] : result.worst()) worst.Set(kernel, difference);
    return worst;
  }
  throw Napi::Error::New(info.Env(), "There is no instruction set \"" + name + "\".");
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("compare", Napi::Function::New(env, compare, "compare"));
  return exports;
}

}  // namespace

NODE_API_MODULE(halolaw_reference, init)
